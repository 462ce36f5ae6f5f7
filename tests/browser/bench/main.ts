// Measures the browser named in the request and writes its figures to a file.
// `cargo xtask bench` calls this: one JSON request in WEIGHTKIN_BENCH.

import { writeFileSync } from "node:fs";
import { Site } from "../harness/site.ts";
import { latency } from "./latency.ts";
import { type MeasureOptions, measure } from "./measure.ts";
import type { Subject } from "./page.ts";

type BenchRequest = Subject & { figures_path: string } & (
    | ({ what: "speed" } & MeasureOptions)
    | { what: "latency"; passes: number }
  );

const request = JSON.parse(process.env["WEIGHTKIN_BENCH"] ?? "") as BenchRequest;
const site = await Site.start();
try {
  const figures =
    request.what === "speed"
      ? await measure(site, request, request)
      : await latency(site, request, request.passes);
  writeFileSync(request.figures_path, JSON.stringify(figures));
} finally {
  await site.stop();
}
