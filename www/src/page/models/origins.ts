/**
 * Where files came from, in browsers that say so: a handle with which the same file can be opened
 * again at a later visit.
 */

/** A file's own handle, or that of the chosen folder with the way from there to the file. */
export type Origin =
  | { handle: FileSystemFileHandle; within?: never }
  | { handle: FileSystemDirectoryHandle; within: string[] };

const origins = new WeakMap<File, Origin>();

/** Where a file on the page came from; unknown in browsers without handles. */
export function originOf(file: File): Origin | undefined {
  return origins.get(file);
}

/** Notes where a file came from. */
export function setOrigin(file: File, origin: Origin): void {
  origins.set(file, origin);
}

/** The file that an origin names, as it is now. */
export async function reopened(origin: Origin): Promise<File> {
  const file = await (await fileHandle(origin)).getFile();
  setOrigin(file, origin);
  return file;
}

async function fileHandle({ handle, within }: Origin): Promise<FileSystemFileHandle> {
  if (!within) {
    return handle;
  }
  let folder = handle;
  for (const name of within.slice(0, -1)) {
    folder = await folder.getDirectoryHandle(name);
  }
  return folder.getFileHandle(within.at(-1) ?? "");
}
