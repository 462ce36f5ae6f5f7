/** Who does the work, as the page's address says: `?engine=threads`, `?engine=lanes`. */
import type { CrewOptions } from "../weightkin.js";

/** What the query of `address` asks for; what it leaves open is chosen. */
export function crewIn(address: string): CrewOptions {
  const engine = new URL(address).searchParams.get("engine");
  return engine === "lanes" || engine === "threads" ? { engine } : {};
}
