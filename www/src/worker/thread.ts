/** The script of one thread of a pool. */
import init, { wbg_rayon_start_worker } from "../../pkg/weightkin-threads.js";
import type { ThreadStatus, ToThread } from "../shared/messages.js";

function post(status: ThreadStatus): void {
  self.postMessage(status);
}

self.addEventListener("message", async ({ data }: MessageEvent<ToThread>) => {
  if (data.type === "load") {
    const { module, memory } = data;
    await init({ module_or_path: module, memory });
    post({ type: "ready" });
  } else {
    // it never comes back to its event loop: all must have loaded before one begins
    post({ type: "ready" });
    wbg_rayon_start_worker(data.receiver);
  }
});

self.addEventListener("unhandledrejection", ({ reason }) => {
  post({ type: "failed", message: String(reason) });
});
