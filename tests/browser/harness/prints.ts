// Fingerprints of the test families and their index, made by the command line.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { checkpoint, type Family } from "./families.ts";
import { nativeFingerprint, nativeIndex } from "./native.ts";
import { scratchFolder } from "./scratch.ts";

/** A folder of fingerprints, and the index of it beside them. */
export interface Prints {
  folder: string;
  index: string;
  of: (name: string) => string;
}

/** Makes the fingerprints of some models of a family. */
export async function prints(
  family: Family,
  names: readonly string[],
  own: string,
): Promise<Prints> {
  const folder = scratchFolder(own);
  const of = (name: string) => join(folder, `${name}.kin.safetensors`);
  for (const name of names) {
    await nativeFingerprint(checkpoint(family, name), of(name));
  }
  return { folder, index: await nativeIndex(folder), of };
}

/** A folder with nothing but the index of another. */
export function indexOnly({ index }: Prints, own: string): string {
  const path = join(scratchFolder(own), "index.kin.safetensors");
  cpSync(index, path);
  return path;
}
