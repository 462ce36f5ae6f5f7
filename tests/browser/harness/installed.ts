// Where the browsers of this machine are.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of these programs found in PATH, or at an absolute path. */
export function installed(what: string, candidates: string[]): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const candidate of candidates) {
    const paths = candidate.startsWith("/")
      ? [candidate]
      : folders.map((folder) => join(folder, candidate));
    const found = paths.find(isProgram);
    if (found) return found;
  }
  throw new Error(`${what} is not installed (looked for ${candidates.join(", ")})`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
