/** Files out of the browser's own pickers, where they give handles. */
/// <reference path="./file-access.d.ts" />
import type { PathedFiles } from "./dropped.js";
import type { Role } from "./model-list.js";
import { reopened } from "./origins.js";

/** What came of asking: files, nothing because the user thought better of it, or no such picker. */
export type Picked = PathedFiles | "cancelled" | "impossible";

/** True where the browser's pickers give handles. */
export function givesHandles(): boolean {
  return window.showOpenFilePicker !== undefined;
}

/** Lets the user choose files. Call from a click. */
export function pickFiles(role: Role): Promise<Picked> {
  return picked(async () => {
    const handles = await window.showOpenFilePicker?.({ id: role, multiple: true });
    return handles && fromHandles(handles);
  });
}

/** Lets the user choose the folder of a model or of several. Call from a click. */
export function pickFolder(role: Role): Promise<Picked> {
  return picked(async () => {
    const folder = await window.showDirectoryPicker?.({ id: role, mode: "read" });
    return folder && fromFolder(folder);
  });
}

async function picked(ask: () => Promise<PathedFiles | undefined>): Promise<Picked> {
  try {
    return (await ask()) ?? "impossible";
  } catch (thrown) {
    const isUsersChoice = thrown instanceof DOMException && thrown.name === "AbortError";
    return isUsersChoice ? "cancelled" : "impossible";
  }
}

/** The files behind handles that were chosen one by one. */
export async function fromHandles(handles: readonly FileSystemFileHandle[]): Promise<PathedFiles> {
  const files = await Promise.all(handles.map((handle) => reopened({ handle })));
  return { files, paths: files.map(({ name }) => name) };
}

/** The files in a folder and below it. */
async function fromFolder(folder: FileSystemDirectoryHandle): Promise<PathedFiles> {
  const ways = (await waysBelow(folder, [])).sort((a, b) => (a.join("/") < b.join("/") ? -1 : 1));
  const files = await Promise.all(ways.map((within) => reopened({ handle: folder, within })));
  return { files, paths: ways.map((within) => [folder.name, ...within].join("/")) };
}

async function waysBelow(folder: FileSystemDirectoryHandle, way: string[]): Promise<string[][]> {
  const found: string[][] = [];
  for await (const child of folder.values()) {
    const within = [...way, child.name];
    if (child.kind === "directory") {
      found.push(...(await waysBelow(child as FileSystemDirectoryHandle, within)));
    } else {
      found.push(within);
    }
  }
  return found;
}
