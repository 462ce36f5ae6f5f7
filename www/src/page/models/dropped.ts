/** Files out of a drop, folders included. */
/// <reference path="./file-access.d.ts" />
import { setOrigin } from "./origins.js";

/** Files with the paths that tell same-named ones apart. */
export interface PathedFiles {
  files: File[];
  paths: string[];
}

/** Files chosen one by one. */
export function pathed(files: Iterable<File>): PathedFiles {
  const list = [...files];
  return { files: list, paths: list.map((file) => file.webkitRelativePath || file.name) };
}

/** True if the drag carries files, as opposed to text or a link. */
export function carriesFiles(transfer: DataTransfer | null): transfer is DataTransfer {
  return transfer?.types.includes("Files") ?? false;
}

/**
 * What was dropped, folders with everything in them: the core says what belongs to a model, and
 * lists the rest.
 */
export async function filesOf(transfer: DataTransfer): Promise<PathedFiles> {
  // Everything has to be asked for before the first await: the drop's data is gone after it.
  const dropped = [...transfer.items].flatMap((item) =>
    item.kind === "file"
      ? [{ entry: item.webkitGetAsEntry(), file: item.getAsFile(), handle: handleOf(item) }]
      : [],
  );
  const found: PathedFiles = { files: [], paths: [] };
  for (const { entry, file, handle: pending } of dropped) {
    const handle = await pending;
    if (entry && isFolder(entry)) {
      await collect(entry, found, handle);
    } else if (file) {
      if (handle?.kind === "file") {
        setOrigin(file, { handle: handle as FileSystemFileHandle });
      }
      found.files.push(file);
      found.paths.push(file.name);
    }
  }
  return found;
}

/** Weights, and what says how they belong together and how they are stored. */
const PART_OF_A_MODEL =
  /(\.gguf|\.safetensors(\.index(\.[^/]+)?\.json)?|model_index\.json|quant[^/]*config\.json|(^|\/)config\.json)$/i;

/** A JSON file that is no index of shards and in no folder: perhaps a saved report. */
const PERHAPS_A_REPORT = /^[^/]*(?<!\.safetensors\.index)\.json$/i;

/** Whether a file can be part of a model, as opposed to what only lies beside one. */
export function isPartOfModel(path: string): boolean {
  return PART_OF_A_MODEL.test(path);
}

/** Saved reports apart from everything else. */
export function reportsApart(found: PathedFiles): { reports: File[]; rest: PathedFiles } {
  return {
    reports: filtered(found, (path) => PERHAPS_A_REPORT.test(path)).files,
    rest: filtered(found, (path) => !PERHAPS_A_REPORT.test(path)),
  };
}

const FINGERPRINT = /\.kin\.safetensors$/i;
const INDEX = /(^|\/)index\.kin\.safetensors$/i;

/**
 * Fingerprints apart from everything else, where they come with an index or are more than `most`:
 * those are to be searched in.
 */
export function fingerprintsApart(
  found: PathedFiles,
  most: number,
): { many: PathedFiles | null; rest: PathedFiles } {
  const fingerprints = filtered(found, (path) => FINGERPRINT.test(path));
  const count = fingerprints.files.length;
  return count > most || (count > 1 && fingerprints.paths.some((path) => INDEX.test(path)))
    ? { many: fingerprints, rest: filtered(found, (path) => !FINGERPRINT.test(path)) }
    : { many: null, rest: found };
}

function filtered({ files, paths }: PathedFiles, wanted: (path: string) => boolean): PathedFiles {
  const kept = files.map((_, i) => i).filter((i) => wanted(paths[i] ?? ""));
  return {
    files: kept.flatMap((i) => files[i] ?? []),
    paths: kept.flatMap((i) => paths[i] ?? []),
  };
}

async function collect(
  folder: FileSystemDirectoryEntry,
  found: PathedFiles,
  root: FileSystemHandle | null,
): Promise<void> {
  for (const child of await listing(folder)) {
    if (isFolder(child)) {
      await collect(child, found, root);
    } else if (isFile(child)) {
      const file = await new Promise<File>((resolve, reject) => child.file(resolve, reject));
      const path = child.fullPath.replace(/^\//, "");
      found.files.push(file);
      found.paths.push(path);
      if (root?.kind === "directory") {
        const within = path.split("/").slice(1);
        setOrigin(file, { handle: root as FileSystemDirectoryHandle, within });
      }
    }
  }
}

/** How long a browser may think about a handle, which nothing but the next visit needs. */
const HANDLE_MS = 1_000;

/** What the dropped thing can be opened again with; ask before the drop's data is gone. */
async function handleOf(item: DataTransferItem): Promise<FileSystemHandle | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), HANDLE_MS));
  const handle = item.getAsFileSystemHandle?.().catch(() => null) ?? null;
  return Promise.race([handle, late]);
}

/** `readEntries` gives at most a hundred at a time, and none when it is done. */
async function listing(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) {
      return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    }
    all.push(...some);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
