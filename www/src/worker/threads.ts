/** The worker script for isolated pages: a worker that shares the arithmetic with a pool of threads. */
import "../shared/trusted.js";
import init, { initThreadPool, WorkerCore } from "../../pkg/weightkin-threads.js";
import { serveWorker } from "./compute.js";
import { live } from "./life.js";

live(async ({ module, threads = 1 }) => {
  await init({ module_or_path: module });
  await initThreadPool(threads);
  serveWorker(WorkerCore);
});
