/**
 * Starts the threads of a pool: takes the place of the script that wasm-bindgen-rayon brings along
 * (see `build/pool.ts`).
 *
 * The page starts them, not the worker: workers that start workers hang now and then in Firefox 153,
 * and what a thread dies of reaches the page although the worker waits for it.
 */
import type { PoolStatus } from "../shared/messages.js";

/** What wasm-bindgen-rayon hands over; its own script uses the same. */
interface PoolBuilder {
  numThreads(): number;
  /** Address of the channel from which each thread takes what it is to do. */
  receiver(): number;
  /** Hands every thread its work, and waits until all have begun. */
  build(): void;
}

export async function startWorkers(
  _module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  const { promise: standing, resolve } = Promise.withResolvers<void>();
  self.addEventListener("message", () => resolve(), { once: true });
  const [threads, receiver] = [builder.numThreads(), builder.receiver()];
  self.postMessage({ type: "pool", threads, memory, receiver } satisfies PoolStatus);
  await standing;
  builder.build();
}
