/**
 * The one door to the wasm core: everything else in `src` sees these functions, not the package.
 * Only workers load it.
 */
import init, {
  Coordinator,
  group,
  ReportView,
  type Run,
  type Search,
  WorkerCore,
} from "../pkg/weightkin.js";
import type { ExportForm, Grouping, OpenedModel, Task, Wanted } from "./shared/messages.js";
import type { ModelFacts, Progress, Scope } from "./shared/types.js";

export { Coordinator, type ReportView, type Run, type Search, WorkerCore };

/** Instantiates the module in this worker. */
export async function loadCore(module: WebAssembly.Module): Promise<void> {
  await init({ module_or_path: module });
}

/**
 * Which files belong to one model: shards and their index, or the parts of a diffusers folder,
 * together; and what lies beside them. Reads only indices of shards.
 */
export async function groupFiles(files: File[], paths: string[]): Promise<Grouping> {
  return JSON.parse(await group(files, paths)) as Grouping;
}

/** Reads the headers of one model. */
export async function openModel(
  coordinator: Coordinator,
  name: string | undefined,
  files: File[],
  paths: string[] | undefined,
  variant: string | undefined,
  hasParts: boolean | undefined,
): Promise<OpenedModel> {
  return JSON.parse(await coordinator.open(name, files, paths, variant, hasParts)) as OpenedModel;
}

/** What the page shows of an open model. */
export function factsOf(coordinator: Coordinator, model: number): ModelFacts {
  return JSON.parse(coordinator.facts(model)) as ModelFacts;
}

/** Plans a run of `workers` over open models. */
export function startRun(coordinator: Coordinator, task: Task, workers: number): Run {
  switch (task.what) {
    case "compare":
      return coordinator.start(
        Uint32Array.from(task.models),
        JSON.stringify(task.options),
        task.quick,
        workers,
      );
    case "fingerprint":
      return coordinator.fingerprint(task.model, task.rows, task.maxBytes, task.sha256);
  }
}

/** Where the run stands. */
export function progressOf(run: Run, elapsedMs: number): Progress {
  return JSON.parse(run.progress(elapsedMs)) as Progress;
}

/** Reads a report's JSON text; all figures are derived anew. */
export function readReport(text: string): ReportView {
  return ReportView.parse(text);
}

/** The same report, all figures seen from another ancestor or from none. */
export function seenFrom(view: ReportView, ancestor: number | null): ReportView {
  return view.seenFrom(ancestor);
}

/** The report's JSON. */
export function jsonOf(view: ReportView): Uint8Array<ArrayBuffer> {
  return view.json() as Uint8Array<ArrayBuffer>;
}

/** The figures of the tensors whose names match `pattern`. */
export function scopeOf(view: ReportView, pattern: string): Scope {
  return JSON.parse(view.scope(pattern)) as Scope;
}

/** A report in another form. */
export function exported(view: ReportView, as: ExportForm): string {
  switch (as.form) {
    case "plain_text":
      return view.plainText(as.of);
    case "markdown":
      return view.markdown();
    case "csv":
      return view.csv();
  }
}

/** Ranks everything that has been added; the fingerprints that are worth reading. */
export function rankAll(search: Search, top: number): Wanted[] {
  return JSON.parse(search.rank(top)) as Wanted[];
}
