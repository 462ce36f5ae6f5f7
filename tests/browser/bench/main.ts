// Measures the browsers named in the request and writes their figures to a file.
// `cargo xtask bench` calls this: one JSON request in WEIGHTKIN_BENCH.

import { writeFileSync } from "node:fs";
import type { Engine } from "../harness/browser.ts";
import { Site } from "../harness/site.ts";
import { measure } from "./measure.ts";

interface BenchRequest {
  engine: Engine;
  files: string[];
  rounds: number;
  lanes?: number | null;
  figures_path: string;
}

const { engine, files, rounds, lanes, figures_path } = JSON.parse(
  process.env["WEIGHTKIN_BENCH"] ?? "",
) as BenchRequest;
const site = await Site.start();
try {
  const options = { engine, files, rounds, ...(lanes ? { lanes } : {}) };
  writeFileSync(figures_path, JSON.stringify(await measure(site, options)));
} finally {
  await site.stop();
}
