/**
 * weightkin for any page on the same origin: how closely `.safetensors` checkpoints are related,
 * computed here, without a byte leaving the computer.
 */
import { abortable, closeAll, run, sharedDesk, warm } from "./client/engine.js";
import { failureOf } from "./shared/error.js";
import type { Group } from "./shared/messages.js";
import type { CompareOptions, InspectedModel, ModelInput, Report } from "./shared/types.js";

export { laneCount } from "./client/lanes.js";
export { openReport, ReportBook } from "./client/report.js";
export { WeightkinError } from "./shared/error.js";
export type * from "./shared/types.js";

const report_texts = new WeakMap<Report, string>();
let last_run: Promise<unknown> = Promise.resolve();

/**
 * Compares two or more models, every pair in one pass, and resolves to the report. The first model
 * is the one whose closest relative the report names.
 *
 * Rejects with a [`WeightkinError`], or with the signal's reason when that aborts. Comparisons
 * started while another is running wait for it.
 */
export async function compare(
  models: readonly ModelInput[],
  options: CompareOptions = {},
): Promise<Report> {
  const onPartial = (text: string) => options.onPartial?.(keep(text));
  const mine = abortable(last_run, options.signal).then(() => run(models, options, onPartial));
  last_run = Promise.allSettled([last_run, mine]);
  return keep(await mine);
}

/** Parses a report and remembers its text. */
function keep(text: string): Report {
  const report = JSON.parse(text) as Report;
  report_texts.set(report, text);
  return report;
}

/**
 * Says what the given files are, from their headers alone: one entry per model, shards and their
 * index taken together. A model that cannot be read is an entry with its error.
 *
 * `paths`, parallel to `files`, tells apart files of the same name from different folders; by
 * default it is each file's `webkitRelativePath` or name.
 */
export async function inspect(
  files: readonly File[],
  paths: readonly string[] = files.map((file) => file.webkitRelativePath || file.name),
): Promise<InspectedModel[]> {
  const groups = await sharedDesk().ask({ type: "group", paths: [...paths] });
  return Promise.all(groups.map((group) => inspectOne(group, files, paths)));
}

async function inspectOne(
  group: Group,
  all_files: readonly File[],
  all_paths: readonly string[],
): Promise<InspectedModel> {
  const { name } = group;
  const files = group.members.flatMap((member) => all_files[member] ?? []);
  const paths = group.members.flatMap((member) => all_paths[member] ?? []);
  const desk = sharedDesk();
  try {
    const { id, facts } = await desk.ask({ type: "open", name, files, paths });
    closeAll(desk, [id]);
    return { ok: true, name: facts.name, files, paths, facts };
  } catch (thrown) {
    return { ok: false, name, files, paths, error: failureOf(thrown, { worker: "desk" }) };
  }
}

/** Loads the core and starts the workers, so that a later `compare()` makes no request at all. */
export function prepare(options: Pick<CompareOptions, "lanes"> = {}): void {
  warm(options.lanes);
}

/** The report's JSON exactly as the core wrote it, for a report that came from `compare()`. */
export function reportText(report: Report): string {
  return report_texts.get(report) ?? JSON.stringify(report);
}
