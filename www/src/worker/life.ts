/** What every worker script does: waits to be told what it is, says that it is ready or crashed. */
import { failureOf } from "../shared/error.js";
import type { Become, WorkerStatus } from "../shared/messages.js";
import { lastTensor } from "./compute.js";

let role: Become["role"] = "worker";

function post(status: WorkerStatus): void {
  self.postMessage(status);
}

function crashed(thrown: unknown): void {
  post({ type: "crashed", failure: failureOf(thrown, { worker: role, tensor: lastTensor() }) });
}

/** Lives as what the first message says; `begin` loads the core and starts to serve. */
export function live(begin: (become: Become) => Promise<void>): void {
  // A trap inside an async wasm function surfaces here and never settles the function's promise,
  // and an unhandled rejection does not reach the page's `error` listener: so both are reported by
  // name.
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
      begin(event.data).then(() => post({ type: "ready" }), crashed);
    },
    { once: true },
  );
}
