/**
 * The one worker script. Its first message says what it is: the desk (one per page: headers, plan,
 * folding of outcomes, progress, report) or a lane (several: read and compute).
 */
import "../shared/trusted.js";
import { loadCore } from "../core.js";
import { failureOf } from "../shared/error.js";
import type { Become, WorkerStatus } from "../shared/messages.js";
import { serveDesk } from "./desk.js";
import { lastTensor, serveLane } from "./lane.js";

let role: Become["role"] = "lane";

function post(status: WorkerStatus): void {
  self.postMessage(status);
}

function crashed(thrown: unknown): void {
  post({ type: "crashed", failure: failureOf(thrown, { worker: role, tensor: lastTensor() }) });
}

// A trap inside an async wasm function surfaces here and never settles the function's promise, and
// an unhandled rejection does not reach the page's `error` listener: so both are reported by name.
self.addEventListener("error", (event) => {
  event.preventDefault();
  crashed(event.error ?? event.message);
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  crashed(event.reason);
});

self.addEventListener(
  "message",
  (event: MessageEvent<Become>) => {
    role = event.data.role;
    loadCore(event.data.module).then(() => {
      if (role === "desk") {
        serveDesk();
      } else {
        serveLane();
      }
      post({ type: "ready" });
    }, crashed);
  },
  { once: true },
);
