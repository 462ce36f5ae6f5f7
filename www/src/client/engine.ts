/** What is behind the public functions: a coordinator and workers, started once and kept warm. */
import type { WeightkinError } from "../shared/error.js";
import type { OpenedModel, Task } from "../shared/messages.js";
import type { ModelInput, Report, RunOptions, WorkerOptions } from "../shared/types.js";
import { type StartedRun, sharedCoordinator } from "./coordinator.js";
import { closeModels, openModels } from "./open-models.js";
import { reportOf } from "./report.js";
import { workerConfigHere } from "./worker-config.js";
import { type PooledWorker, WorkerPool } from "./worker-pool.js";

/** What a task makes: the report of a comparison, or the bytes of a fingerprint. */
export type Product = Report | Uint8Array<ArrayBuffer>;

const pool = new WorkerPool();

/** Starts the workers ahead of their use, so that a comparison loads nothing any more. */
export function warm(wish: WorkerOptions = {}): void {
  sharedCoordinator();
  const config = workerConfigHere(wish);
  pool.fill(config);
  if (config.engine === "threads") {
    pool.fill(workerConfigHere()); // what only reads a sample is not worth threads
  }
}

/**
 * Does one task over models and resolves to what comes of it. An abort ends the workers, whose
 * memory is free at once; where their pieces of work are small, `"gently"` lets them finish those
 * and keeps them for the next run. `onPartial` is told what a cancelled comparison had finished.
 */
export async function run(
  models: readonly ModelInput[],
  taskOf: (opened: OpenedModel[]) => Task,
  { signal, onProgress = () => {}, ...wish }: RunOptions,
  onPartial: (report: Report) => void = () => {},
  end: "at once" | "gently" = "at once",
): Promise<Product> {
  const config = workerConfigHere(wish);
  pool.fill(config); // they load while the headers are read
  const coordinator = sharedCoordinator();
  const opened = await abortable(openModels(coordinator, models), signal);
  const workers = await abortable(pool.take(config), signal, (late) =>
    pool.giveBackLate(config, late),
  );
  let cancel: StartedRun["cancel"] = async () => null;
  try {
    const { ports, deaths } = connect(workers);
    const run = coordinator.start(taskOf(opened), ports, onProgress);
    cancel = run.cancel;
    const result = await abortable(Promise.race([run.result, deaths]), signal);
    pool.giveBack(config, workers);
    return result.is === "report" ? reportOf(coordinator, result.report) : result.bytes;
  } catch (error) {
    if (end === "gently" && signal?.aborted) {
      cancel();
      pool.giveBack(config, workers);
      throw error;
    }
    if (!signal?.aborted) {
      closeModels(models); // perhaps because they have changed: the next try looks at them anew
    }
    // Workers end in the middle of a read. The next run gets fresh ones, loaded from now on, so
    // that it makes no request either.
    pool.end(workers);
    cancel().then((partial) => {
      if (partial !== null && signal?.aborted) {
        onPartial(reportOf(coordinator, partial));
      }
    });
    warm(wish);
    throw error;
  }
}

/** Joins every worker to the coordinator; `deaths` rejects when one dies. */
function connect(workers: PooledWorker[]): { ports: MessagePort[]; deaths: Promise<never> } {
  const { promise: deaths, reject } = Promise.withResolvers<never>();
  deaths.catch(() => {}); // it may be late: the run may have ended for another reason
  const ports = workers.map((worker) => {
    const { port1, port2 } = new MessageChannel();
    worker.onDeath = (error: WeightkinError) => reject(error);
    worker.post({ type: "join", port: port1 }, [port1]);
    return port2;
  });
  return { ports, deaths };
}

/**
 * `work`, or the signal's reason as soon as it aborts. Work that succeeds after that is handed to
 * `discard`, and its failure is of no interest any more.
 */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  discard: (late: T) => void = () => {},
): Promise<T> {
  if (!signal) {
    return work;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    work.then(discard, () => {});
    reject(signal.reason);
  };
  if (signal.aborted) {
    abort();
    return aborted;
  }
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
