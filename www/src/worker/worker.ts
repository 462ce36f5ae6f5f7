/**
 * The worker script that works in any page. Its first message says what it is: the desk (one per
 * page: headers, plan, folding of outcomes, progress, report) or a lane (several: read and compute).
 */
import "../shared/trusted.js";
import { loadCore, WorkerCore } from "../core.js";
import { serveDesk } from "./desk.js";
import { serveLane } from "./lane.js";
import { live } from "./life.js";

live(async ({ role, module }) => {
  await loadCore(module);
  if (role === "desk") {
    serveDesk();
  } else {
    serveLane(WorkerCore);
  }
});
