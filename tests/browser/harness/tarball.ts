// The packed npm package, installed as its users would.

import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./repository.ts";

const run = promisify(execFile);

/** Installs the tarball of `cargo xtask pack` into a folder, without the network. */
export async function installTarball(folder: string): Promise<string> {
  const packed = join(ROOT, "www", "package");
  const tarball = readdirSync(packed).find((name) => name.endsWith(".tgz"));
  if (!tarball) throw new Error("there is no package: run `cargo xtask pack`");
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const install = ["install", "--offline", "--no-audit", "--no-fund", join(packed, tarball)];
  await run("npm", install, { cwd: folder, timeout: 60_000 });
  return join(folder, "node_modules", "weightkin");
}
