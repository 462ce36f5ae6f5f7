/** Who does the work, as the page's address says: `?engine=threads`, `?engine=workers`. */
import type { WorkerOptions } from "../../weightkin.js";

/** What the query of `address` asks for; what it leaves open is chosen. */
export function workerOptionsIn(address: string): WorkerOptions {
  const engine = new URL(address).searchParams.get("engine");
  return engine === "workers" || engine === "threads" ? { engine } : {};
}
