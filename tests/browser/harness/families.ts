// Checkpoints to compare, made by `cargo xtask test` below cargo's build folder.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { TARGET } from "./repository.ts";

/**
 * `small`: every model of the built-in family at 2 MB; `medium`: four of about 27 MB; `brief`: models
 * with a few tensors of every block, for whatever does not depend on how many there are; `heavy`: four
 * with the same tensors at 14 MB, for what takes a while to read.
 */
export type Family = "small" | "medium" | "brief" | "heavy";

/** The path of one checkpoint of a family. */
export function checkpoint(family: Family, name: string): string {
  const path = join(TARGET, "families", family, `${name}.safetensors`);
  if (existsSync(path)) return path;
  throw new Error(`there is no ${path}: \`cargo xtask test --browsers\` makes it`);
}
