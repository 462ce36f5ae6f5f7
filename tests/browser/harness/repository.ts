// Where things are in the repository.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The repository itself. */
export const ROOT = root;

/** The built site. */
export const DIST = join(root, "www", "dist");

/** Reference figures. */
export const GOLDEN = join(root, "tests", "golden");

/** Test pages of the same origin as the site, served under `/pages/`. */
export const PAGES = join(root, "tests", "browser", "pages");

/** Cargo's build folder: families of test checkpoints, and scratch files of the tests. */
export const TARGET = process.env["CARGO_TARGET_DIR"] ?? join(root, "target");

/** The program behind `cargo xtask`. */
export function xtask(): string {
  return built("xtask", join(TARGET, "debug", "xtask"), "cargo build -p xtask");
}

/** The command line, as the Rust tests have it. */
export function weightkin(): string {
  return built("weightkin", join(TARGET, "debug", "weightkin"), "cargo build");
}

function built(name: string, path: string, command: string): string {
  if (existsSync(path)) return path;
  throw new Error(`${name} is not built: run \`${command}\` or \`cargo xtask test\``);
}
