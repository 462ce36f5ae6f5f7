/** The workers behind the public functions: one desk and the lanes, started once and kept warm. */
import type { WeightkinError } from "../shared/error.js";
import type { OpenedModel, Result, Task } from "../shared/messages.js";
import type { CrewOptions, ModelInput, RunOptions } from "../shared/types.js";
import { crewHere } from "./crew.js";
import { DeskClient, type StartedRun } from "./desk.js";
import { LanePool, type LaneWorker } from "./lanes.js";

const pool = new LanePool();
let desk_shared: DeskClient | undefined;

/** The desk; a new one if the last crashed. */
export function sharedDesk(): DeskClient {
  if (desk_shared === undefined || desk_shared.dead) {
    desk_shared = new DeskClient();
  }
  return desk_shared;
}

/** Starts the workers ahead of their use, so that a comparison loads nothing any more. */
export function warm(wish: CrewOptions = {}): void {
  sharedDesk();
  const crew = crewHere(wish);
  pool.fill(crew);
  if (crew.engine === "threads") {
    pool.fill(crewHere()); // what only reads a sample is not worth threads
  }
}

/**
 * Does one task over models and resolves to what comes of it. An abort ends the lanes, whose memory
 * is free at once; where their pieces of work are small, `"gently"` lets them finish those and
 * keeps them for the next run.
 */
export async function run(
  models: readonly ModelInput[],
  taskOf: (opened: OpenedModel[]) => Task,
  { signal, onProgress = () => {}, ...wish }: RunOptions,
  onPartial: (text: string) => void = () => {},
  end: "at once" | "gently" = "at once",
): Promise<Result> {
  const crew = crewHere(wish);
  pool.fill(crew); // they load while the headers are read
  const desk = sharedDesk();
  const opened = await abortable(openAll(desk, models), signal, (late) => closeAll(desk, late));
  try {
    const lanes = await abortable(pool.take(crew), signal, (late) => pool.giveBackLate(crew, late));
    let cancel: StartedRun["cancel"] = async () => null;
    try {
      const { ports, deaths } = connect(lanes);
      const run = desk.start(taskOf(opened), ports, onProgress);
      cancel = run.cancel;
      const result = await abortable(Promise.race([run.result, deaths]), signal);
      pool.giveBack(crew, lanes);
      return result;
    } catch (error) {
      if (end === "gently" && signal?.aborted) {
        cancel();
        pool.giveBack(crew, lanes);
        throw error;
      }
      // Lanes end in the middle of a read. The next run gets fresh ones, loaded from now on, so
      // that it makes no request either.
      pool.end(lanes);
      cancel().then((partial) => {
        if (partial !== null && signal?.aborted) {
          onPartial(partial);
        }
      });
      warm(wish);
      throw error;
    }
  } finally {
    closeAll(desk, opened);
  }
}

/** Opens every model, or none. */
export async function openAll(
  desk: DeskClient,
  models: readonly ModelInput[],
): Promise<OpenedModel[]> {
  const results = await Promise.allSettled(
    models.map(({ name, files, paths }) =>
      desk.ask({ type: "open", name, files: [...files], paths: paths && [...paths] }),
    ),
  );
  const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const refused = results.find((result) => result.status === "rejected");
  if (refused) {
    closeAll(desk, opened);
    throw refused.reason;
  }
  return opened;
}

/** Lets models go; a desk that died in the meantime has let them go already. */
export function closeAll(desk: DeskClient, opened: OpenedModel[]): void {
  if (opened.length > 0 && !desk.dead) {
    desk.ask({ type: "close", models: opened.map(({ id }) => id) }).catch(() => {});
  }
}

/** Joins every lane to the desk; `deaths` rejects when one dies. */
function connect(lanes: LaneWorker[]): { ports: MessagePort[]; deaths: Promise<never> } {
  const { promise: deaths, reject } = Promise.withResolvers<never>();
  deaths.catch(() => {}); // it may be late: the run may have ended for another reason
  const ports = lanes.map((lane) => {
    const { port1, port2 } = new MessageChannel();
    lane.onDeath = (error: WeightkinError) => reject(error);
    lane.post({ type: "join", port: port1 }, [port1]);
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
