/**
 * The worker script that works in any page. Its first message says what it is: the coordinator (one per
 * page: headers, plan, folding of outcomes, progress, report) or a worker (several: read and compute).
 */
import "../shared/trusted.js";
import { loadCore, WorkerCore } from "../core.js";
import { serveWorker } from "./compute.js";
import { serveCoordinator } from "./coordinator.js";
import { live } from "./life.js";

live(async ({ role, module }) => {
  await loadCore(module);
  if (role === "coordinator") {
    serveCoordinator();
  } else {
    serveWorker(WorkerCore);
  }
});
