/** Which of the two cores does the work, and with how many hands. */
import type { CrewOptions, Engine } from "../shared/types.js";

/** What the decision depends on. */
export interface Surroundings {
  /** Whether workers can share memory: in pages that are cross-origin isolated, mostly. */
  shared_memory: boolean;
  /** Whether the scripts come from the page's own origin. */
  own_origin: boolean;
  /** Whether another process reads files for the page, as in Chromium. */
  reads_apart: boolean;
  /** Logical processors. */
  cores: number;
  /** Of the machine, in GiB and at most 8, where the browser says so. */
  memory_gibibytes: number | undefined;
}

/** Workers of one engine. */
export interface Crew {
  engine: Engine;
  lanes: number;
  /** Threads of each lane's pool, besides the lane itself. */
  threads: number;
}

const FEWEST_LANES = 2;
const MOST_LANES = 8;
/** A lane takes about 20 MB; machines with so little memory do not have that many to spare. */
const LITTLE_GIBIBYTES = 2;
const MOST_THREADS = 16;

/**
 * Lanes unless threads are asked for: they are the faster ones wherever both were measured (see
 * `tests/RECORDS.md`). As many lanes as cores, since the desk has little to do, and one more where a
 * lane often waits for another process and leaves its core to the next.
 */
export function crewFor(surroundings: Surroundings, wish: CrewOptions = {}): Crew {
  const { shared_memory, own_origin, reads_apart, cores, memory_gibibytes = 8 } = surroundings;
  const engine = wish.engine === "threads" && shared_memory && own_origin ? "threads" : "lanes";
  if (engine === "threads") {
    // the lane computes along
    const threads = Math.max(wholeOr(wish.threads, Math.min(cores, MOST_THREADS)) - 1, 1);
    return { engine, lanes: Math.max(wholeOr(wish.lanes, 1), 1), threads };
  }
  const most = memory_gibibytes <= LITTLE_GIBIBYTES ? FEWEST_LANES : MOST_LANES;
  const as_many = Math.trunc(cores) + (reads_apart ? 1 : 0) || FEWEST_LANES;
  const usual = Math.min(Math.max(as_many, FEWEST_LANES), most);
  return { engine, lanes: Math.max(wholeOr(wish.lanes, usual), 1), threads: 0 };
}

function wholeOr(wanted: number | undefined, usual: number): number {
  return Math.trunc(wanted ?? usual) || usual;
}

let here: Surroundings | undefined;

/** The crew for this page, whose surroundings are looked at once: they stay as they are. */
export function crewHere(wish: CrewOptions = {}): Crew {
  here ??= surroundings();
  return crewFor(here, wish);
}

/** The surroundings of this page. */
function surroundings(): Surroundings {
  const { hardwareConcurrency: cores, deviceMemory } = navigator as Navigator & {
    deviceMemory?: number;
  };
  return {
    shared_memory: globalThis.crossOriginIsolated === true && isShareable(),
    reads_apart: "userAgentData" in navigator, // which no other family of browsers has
    own_origin: new URL(import.meta.url).origin === location.origin,
    cores,
    memory_gibibytes: deviceMemory,
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
