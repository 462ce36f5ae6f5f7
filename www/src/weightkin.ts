/**
 * weightkin for any page on the same origin: how closely `.safetensors` checkpoints are related,
 * computed here, without a byte leaving the computer.
 */
import { sharedCoordinator } from "./client/coordinator.js";
import { abortable, type Product, run, warm } from "./client/engine.js";
import { mapLimit } from "./client/map-limit.js";
import { closeModels, openModel } from "./client/open-models.js";
import { search } from "./client/search.js";
import { failureOf } from "./shared/error.js";
import type { Identification, IdentifyOptions } from "./shared/identification.js";
import type {
  CompareOptions,
  FingerprintOptions,
  InspectedModel,
  Inspection,
  ModelInput,
  Report,
  WorkerOptions,
} from "./shared/types.js";

export { openReport, ReportBook, reportText } from "./client/report.js";
export { workerConfigFor } from "./client/worker-config.js";
export { WeightkinError } from "./shared/error.js";
export type * from "./shared/identification.js";
export type * from "./shared/types.js";

/** End of the name of a fingerprint's file. */
const FINGERPRINT_SUFFIX = ".kin.safetensors";

/** Headers read at once: each may take as much memory as a header may, 100 MB. */
const INSPECTED_AT_ONCE = 8;

let lastRun: Promise<unknown> = Promise.resolve();

/**
 * Compares two or more models, every pair in one pass, and resolves to the report. The first model
 * is the one whose closest relative the report names.
 *
 * A fingerprint may stand for any of the models. Pairs with a fingerprint are estimates, and say
 * how far they may be off (`Pair.intervals`); pairs of whole models are exact.
 *
 * Rejects with a [`WeightkinError`], or with the signal's reason when that aborts. Runs started
 * while another is under way wait for it.
 */
export async function compare(
  models: readonly ModelInput[],
  options: CompareOptions = {},
): Promise<Report> {
  const { includeVae = false, ancestor = null, quick = false } = options;
  const report = await inTurn(options.signal, () =>
    run(
      models,
      (opened) => ({
        what: "compare",
        models: opened.map(({ id }) => id),
        options: { include_vae: includeVae, ancestor },
        quick,
      }),
      options,
      options.onPartial,
    ),
  );
  return report as Report;
}

/**
 * Makes the fingerprint of a model: a small `.safetensors` file that can stand for the model in
 * any later comparison. Reads only the rows it takes. The bytes are those that the command line
 * writes.
 *
 * Rejects like `compare()`, and with code `is_a_fingerprint` where the model is one.
 */
export async function fingerprint(
  model: ModelInput,
  options: FingerprintOptions = {},
): Promise<File> {
  const { rows, maxBytes, sha256 } = options;
  let name = "";
  const bytes = await inTurn(options.signal, () =>
    run(
      [model],
      ([opened]) => {
        name = opened?.name ?? "";
        return { what: "fingerprint", model: opened?.id ?? -1, rows, maxBytes, sha256 };
      },
      options,
      undefined,
      "gently",
    ),
  );
  return new File([bytes as Uint8Array<ArrayBuffer>], `${name}${FINGERPRINT_SUFFIX}`);
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
  const coordinator = sharedCoordinator();
  const openOne = (input: ModelInput) => abortable(openModel(coordinator, input), signal);
  const opened = await openOne(model);
  if (opened.is_fingerprint) {
    return search(coordinator, opened.id, files, options);
  }
  const made = await fingerprint(model, {
    ...options,
    onProgress: ({ bytes_done: done, bytes_total: total }) =>
      onProgress?.({ step: "sample", done, total }),
  });
  const probe = { files: [made] };
  try {
    return await search(coordinator, (await openOne(probe)).id, files, options);
  } finally {
    closeModels([probe]);
  }
}

/** Starts a run when all earlier ones are over. */
function inTurn(signal: AbortSignal | undefined, start: () => Promise<Product>): Promise<Product> {
  const mine = abortable(lastRun, signal).then(start);
  lastRun = Promise.allSettled([lastRun, mine]);
  return mine;
}

/**
 * Says what the given files are, from their headers alone: one entry per model, shards and their
 * index taken together. A model that cannot be read is an entry with its error. What lies beside a
 * model and is no part of it is in its facts.
 *
 * `paths`, parallel to `files`, tells apart files of the same name from different folders; by
 * default it is each file's `webkitRelativePath` or name.
 */
export async function inspect(
  files: readonly File[],
  paths: readonly string[] = files.map((file) => file.webkitRelativePath || file.name),
): Promise<InspectedModel[]> {
  return (await inspectAll(files, paths)).models;
}

/** As `inspect()`, with what belongs to none of the models. */
export async function inspectAll(
  files: readonly File[],
  paths: readonly string[],
): Promise<Inspection> {
  const { models: groups, not_read } = await sharedCoordinator().ask({
    type: "group",
    files: [...files],
    paths: [...paths],
  });
  const models: InspectedModel[] = [];
  await mapLimit([...groups.entries()], INSPECTED_AT_ONCE, async ([i, group]) => {
    const { name, has_parts: hasParts } = group;
    // what lies beside the model goes along, so that its facts list it
    const handed = [...group.members, ...group.beside];
    models[i] = await inspectOne({
      name,
      files: handed.flatMap((at) => files[at] ?? []),
      paths: handed.flatMap((at) => paths[at] ?? []),
      hasParts,
    });
  });
  return { models, not_read };
}

/** Says what the files are that the caller says are one model, of the variant that is asked for. */
export async function inspectOne(input: ModelInput & { name: string }): Promise<InspectedModel> {
  const { name, paths = [], hasParts, variant } = input;
  const common = {
    files: [...input.files],
    paths: [...paths],
    ...(hasParts === undefined ? {} : { hasParts }),
    ...(variant === undefined ? {} : { variant }),
  };
  const coordinator = sharedCoordinator();
  try {
    const { id } = await openModel(coordinator, input);
    const facts = await coordinator.ask({ type: "describe", model: id });
    return { ok: true, name: facts.name, ...common, facts };
  } catch (thrown) {
    const error = failureOf(thrown, { worker: "coordinator" });
    return { ok: false, name, ...common, error };
  }
}

/** Loads the core and starts the workers, so that a later `compare()` makes no request at all. */
export function prepare(options: WorkerOptions = {}): void {
  warm(options);
}
