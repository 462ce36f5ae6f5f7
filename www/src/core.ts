/**
 * The one door to the wasm core: everything else in `src` sees these functions, not the package.
 * Only workers load it.
 */
import init, { Desk, group, Lane, type Run } from "../pkg/weightkin.js";
import type { Group, OpenedModel, RunOptions } from "./shared/messages.js";
import type { ModelFacts, Progress } from "./shared/types.js";

export { Desk, Lane, type Run };

/** Instantiates the module in this worker. */
export async function loadCore(module: WebAssembly.Module): Promise<void> {
  await init({ module_or_path: module });
}

/** Which paths belong to one model: shards and their index together, everything else alone. */
export function groupPaths(paths: string[]): Group[] {
  return JSON.parse(group(paths)) as Group[];
}

/** Reads the headers of one model. */
export async function openModel(
  desk: Desk,
  name: string | undefined,
  files: File[],
): Promise<OpenedModel> {
  const { id, ...facts } = JSON.parse(await desk.open(name, files)) as ModelFacts & { id: number };
  return { id, facts };
}

/** Plans a comparison of open models. */
export function startRun(desk: Desk, models: number[], options: RunOptions): Run {
  return desk.start(Uint32Array.from(models), JSON.stringify(options));
}

/** Where the run stands. */
export function progressOf(run: Run, elapsed_ms: number): Progress {
  return JSON.parse(run.progress(elapsed_ms)) as Progress;
}
