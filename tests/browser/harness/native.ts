// The command line, whose report is the one that every browser must reproduce to the byte.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { weightkin } from "./repository.ts";

const run = promisify(execFile);

/** The report that `weightkin compare` writes for these models. */
export async function nativeReport(paths: string[], options: string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "weightkin-native-"));
  try {
    const report = join(folder, "report.json");
    await run(weightkin(), ["compare", ...paths, "--json", report, ...options], {
      timeout: 60_000,
    });
    return await readFile(report, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The fingerprint that `weightkin fingerprint` writes to `path`. */
export async function nativeFingerprint(
  model: string,
  path: string,
  options: string[] = [],
): Promise<Buffer> {
  await run(weightkin(), ["fingerprint", model, "-o", path, ...options], { timeout: 60_000 });
  return await readFile(path);
}

/** Makes the index of a folder of fingerprints, as `weightkin index` does. */
export async function nativeIndex(folder: string): Promise<string> {
  await run(weightkin(), ["index", folder], { timeout: 60_000 });
  return join(folder, "index.kin.safetensors");
}

/** What `weightkin identify` finds. */
export async function nativeIdentification(
  model: string,
  among: string,
  options: string[] = [],
): Promise<unknown> {
  const args = ["identify", model, among, "--json", "-", ...options];
  const { stdout } = await run(weightkin(), args, { timeout: 60_000 });
  return JSON.parse(stdout);
}
