// What the bench hands over, and the arithmetic on its way.

/** One timed pass over the files. */
export interface Pass {
  bytes: number;
  ms: number;
}

/** A way of reading without computing. */
export interface ReadSetup {
  workers: number;
  streams: number;
  buffer_bytes: number;
}

/** A way of comparing: options of `compare()`. Numbers left out are the library's choice. */
export type CompareSetup = {
  engine: "workers" | "threads";
  workers?: number;
  threads?: number;
};

/** How one way of comparing did. */
export interface CompareFigures {
  setup: CompareSetup;
  /** Medians over the rounds. */
  gigabytes_per_second: number;
  /** Median over the rounds of comparing against reading in the same round. */
  ratio: number;
  seconds: number;
  memory_growth_bytes: number;
}

/** The bench of one browser. */
export interface BrowserFigures {
  browser: string;
  /** The fastest way of reading, and what every way reached; none where it was known already. */
  best_setup: ReadSetup;
  setups: (ReadSetup & { gigabytes_per_second: number })[];
  /** Median over the rounds. */
  read_gigabytes_per_second: number;
  compares: CompareFigures[];
  /** Comparing in the order of `compares`. */
  rounds: { read: Pass; compares: Pass[] }[];
}

/** How long small files take in one browser. */
export interface LatencyFigures {
  browser: string;
  compares: { setup: CompareSetup; median_ms: number; fastest_ms: number; passes_ms: number[] }[];
}

export function speed({ bytes, ms }: Pass): number {
  return bytes / ms / 1e6;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
