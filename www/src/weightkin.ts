/**
 * weightkin for any page on the same origin: how closely `.safetensors` checkpoints are related,
 * computed here, without a byte leaving the computer.
 */
import { abortable, closeAll, openAll, run, sharedDesk, warm } from "./client/engine.js";
import { few } from "./client/few.js";
import { parseReport } from "./client/report.js";
import { search } from "./client/search.js";
import { failureOf } from "./shared/error.js";
import type { Identification, IdentifyOptions } from "./shared/identification.js";
import type { Group, Result } from "./shared/messages.js";
import type {
  CompareOptions,
  CrewOptions,
  FingerprintOptions,
  InspectedModel,
  ModelInput,
  Report,
} from "./shared/types.js";

export { crewFor } from "./client/crew.js";
export { openReport, ReportBook, reportText } from "./client/report.js";
export { WeightkinError } from "./shared/error.js";
export type * from "./shared/identification.js";
export type * from "./shared/types.js";

/** End of the name of a fingerprint's file. */
const FINGERPRINT_SUFFIX = ".kin.safetensors";

/** Headers read at once: each may take as much memory as a header may, 100 MB. */
const INSPECTED_AT_ONCE = 8;

let last_run: Promise<unknown> = Promise.resolve();

/**
 * Compares two or more models, every pair in one pass, and resolves to the report. The first model
 * is the one whose closest relative the report names.
 *
 * A fingerprint may stand for any of the models. Pairs with a fingerprint are estimates, and say
 * how far they may be off (`ReportPair.intervals`); pairs of whole models are exact.
 *
 * Rejects with a [`WeightkinError`], or with the signal's reason when that aborts. Runs started
 * while another is under way wait for it.
 */
export async function compare(
  models: readonly ModelInput[],
  options: CompareOptions = {},
): Promise<Report> {
  const onPartial = (text: string) => options.onPartial?.(parseReport(text));
  const { includeVae = false, ancestor = null, quick = false } = options;
  const text = await inTurn(options.signal, () =>
    run(
      models,
      (opened) => ({
        what: "compare",
        models: opened.map(({ id }) => id),
        options: { include_vae: includeVae, ancestor },
        quick,
      }),
      options,
      onPartial,
    ),
  );
  return parseReport(text as string);
}

/**
 * Makes the fingerprint of a model: a small `.safetensors` file that can stand for the model in
 * any later comparison. Reads only the rows it takes. The bytes are those that the command line
 * writes.
 *
 * Rejects like `compare()`, and with kind `is_a_fingerprint` where the model is one.
 */
export async function fingerprint(
  model: ModelInput,
  options: FingerprintOptions = {},
): Promise<File> {
  const { rows, maxBytes: max_bytes, sha256 } = options;
  let name = "";
  const bytes = await inTurn(options.signal, () =>
    run(
      [model],
      ([opened]) => {
        name = opened?.name ?? "";
        return { what: "fingerprint", model: opened?.id ?? -1, rows, max_bytes, sha256 };
      },
      options,
      undefined,
      "gently",
    ),
  );
  return new File([bytes], `${name}${FINGERPRINT_SUFFIX}`);
}

/**
 * Ranks many models by how close they are to one, nearest first, with 95 % intervals. `files` are
 * fingerprints, indices of them (`weightkin index FOLDER`), or both. Of what an index describes
 * only the few fingerprints that matter are read: those among the files, and those that
 * `options.get` fetches. What cannot be read takes no part, and is said in the result.
 *
 * The model may be a fingerprint, too. Rejects like `compare()`.
 */
export async function identify(
  model: ModelInput,
  files: readonly File[],
  options: IdentifyOptions = {},
): Promise<Identification> {
  const { onProgress, signal } = options;
  const desk = sharedDesk();
  const openOne = (input: ModelInput) =>
    abortable(openAll(desk, [input]), signal, (late) => closeAll(desk, late));
  let opened = await openOne(model);
  try {
    if (!opened[0]?.is_fingerprint) {
      const made = await fingerprint(model, {
        ...options,
        onProgress: ({ bytes_done: done, bytes_total: total }) =>
          onProgress?.({ step: "sample", done, total }),
      });
      closeAll(desk, opened);
      opened = await openOne({ files: [made] });
    }
    return await search(desk, opened[0]?.id ?? -1, files, options);
  } finally {
    closeAll(desk, opened);
  }
}

/** Starts a run when all earlier ones are over. */
function inTurn(signal: AbortSignal | undefined, start: () => Promise<Result>): Promise<Result> {
  const mine = abortable(last_run, signal).then(start);
  last_run = Promise.allSettled([last_run, mine]);
  return mine;
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
  const models: InspectedModel[] = [];
  await few([...groups.entries()], INSPECTED_AT_ONCE, async ([i, group]) => {
    models[i] = await inspectOne(group, files, paths);
  });
  return models;
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
    const opened = await desk.ask({ type: "open", name, files, paths });
    const described = desk.ask({ type: "describe", model: opened.id });
    closeAll(desk, [opened]); // the desk answers in order
    const facts = await described;
    return { ok: true, name: facts.name, files, paths, facts };
  } catch (thrown) {
    return { ok: false, name, files, paths, error: failureOf(thrown, { worker: "desk" }) };
  }
}

/** Loads the core and starts the workers, so that a later `compare()` makes no request at all. */
export function prepare(options: CrewOptions = {}): void {
  warm(options);
}
