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

/** The bench of one browser. */
export interface BrowserFigures {
  browser: string;
  /** The fastest way of reading found, and what every way reached. */
  best_setup: ReadSetup;
  setups: (ReadSetup & { gigabytes_per_second: number })[];
  /** Medians over the rounds. */
  read_gigabytes_per_second: number;
  compare_gigabytes_per_second: number;
  /** Median over the rounds of comparing against reading in the same round. */
  ratio: number;
  compare_seconds: number;
  memory_growth_bytes: number;
  rounds: { read: Pass; compare: Pass }[];
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
