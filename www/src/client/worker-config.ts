/** Which of the two cores does the work, and with how many hands. */
import type { Engine, WorkerOptions } from "../shared/types.js";

/** What the decision depends on. */
export interface Environment {
  /** Whether workers can share memory: in pages that are cross-origin isolated, mostly. */
  sharedMemory: boolean;
  /** Whether the scripts come from the page's own origin. */
  ownOrigin: boolean;
  /** Whether another process reads files for the page, as in Chromium. */
  readsApart: boolean;
  /** Logical processors. */
  cores: number;
  /** Of the machine, in GiB and at most 8, where the browser says so. */
  memoryGibibytes: number | undefined;
}

/** Workers of one engine. */
export interface WorkerConfig {
  engine: Engine;
  workers: number;
  /** Threads of each worker's pool, besides the worker itself. */
  threads: number;
}

const FEWEST_WORKERS = 2;
const MOST_WORKERS = 8;
/** A worker takes about 20 MB; machines with so little memory do not have that many to spare. */
const LITTLE_GIBIBYTES = 2;
const MOST_THREADS = 16;

/**
 * Workers unless threads are asked for: they are the faster ones wherever both were measured (see
 * `tests/RECORDS.md`). As many workers as cores, since the coordinator has little to do, and one more where a
 * worker often waits for another process and leaves its core to the next.
 */
export function workerConfigFor(environment: Environment, wish: WorkerOptions = {}): WorkerConfig {
  const { sharedMemory, ownOrigin, readsApart, cores, memoryGibibytes = 8 } = environment;
  const engine = wish.engine === "threads" && sharedMemory && ownOrigin ? "threads" : "workers";
  if (engine === "threads") {
    // the worker computes along
    const threads = Math.max(wholeOr(wish.threads, Math.min(cores, MOST_THREADS)) - 1, 1);
    return { engine, workers: Math.max(wholeOr(wish.workers, 1), 1), threads };
  }
  const most = memoryGibibytes <= LITTLE_GIBIBYTES ? FEWEST_WORKERS : MOST_WORKERS;
  const asMany = Math.trunc(cores) + (readsApart ? 1 : 0) || FEWEST_WORKERS;
  const usual = Math.min(Math.max(asMany, FEWEST_WORKERS), most);
  return { engine, workers: Math.max(wholeOr(wish.workers, usual), 1), threads: 0 };
}

function wholeOr(wanted: number | undefined, usual: number): number {
  return Math.trunc(wanted ?? usual) || usual;
}

let here: Environment | undefined;

/** The config for this page, whose environment are looked at once: they stay as they are. */
export function workerConfigHere(wish: WorkerOptions = {}): WorkerConfig {
  here ??= environment();
  return workerConfigFor(here, wish);
}

/** The environment of this page. */
function environment(): Environment {
  const { hardwareConcurrency: cores, deviceMemory } = navigator as Navigator & {
    deviceMemory?: number;
  };
  return {
    sharedMemory: globalThis.crossOriginIsolated === true && isShareable(),
    readsApart: "userAgentData" in navigator, // which no other family of browsers has
    ownOrigin: new URL(import.meta.url).origin === location.origin,
    cores,
    memoryGibibytes: deviceMemory,
  };
}

/** WebKitGTK isolates pages, and has no shared memory that it would hand to a worker. */
function isShareable(): boolean {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true }));
    return true;
  } catch {
    return false;
  } finally {
    port2.close();
  }
}
