/** The desk: keeps the models' headers, answers the page, and runs comparisons. */
import { Desk, groupPaths, openModel, startRun } from "../core.js";
import { failureOf } from "../shared/error.js";
import type { DeskAnswers, DeskRequest, FromDesk, ToDesk } from "../shared/messages.js";
import { RunDesk } from "./run.js";

/** Starts answering the page; call once, after the core is loaded. */
export function serveDesk(): void {
  const desk = new Desk();
  const runs = new Map<number, RunDesk>();

  self.addEventListener("message", (event: MessageEvent<ToDesk>) => {
    const message = event.data;
    switch (message.type) {
      case "request": {
        const { request } = message;
        answer(desk, message.body).then(
          (body) => post({ type: "answer", request, body }),
          (thrown) => {
            post({ type: "refused", request, failure: failureOf(thrown, { worker: "desk" }) });
          },
        );
        break;
      }
      case "start":
        start(desk, runs, message);
        break;
      case "cancel":
        runs.get(message.run)?.stop();
        break;
      case "become":
        break;
    }
  });
}

function post(message: FromDesk): void {
  self.postMessage(message);
}

async function answer(desk: Desk, body: DeskRequest): Promise<DeskAnswers[DeskRequest["type"]]> {
  switch (body.type) {
    case "group":
      return groupPaths(body.paths);
    case "open":
      return openModel(desk, body.name, body.files);
    case "close":
      for (const id of body.models) {
        desk.close(id);
      }
      return null;
  }
}

function start(
  desk: Desk,
  runs: Map<number, RunDesk>,
  { run, models, options, ports }: Extract<ToDesk, { type: "start" }>,
): void {
  let runDesk: RunDesk | undefined;
  try {
    runDesk = new RunDesk(startRun(desk, models, options), ports, {
      progress: (progress) => post({ type: "progress", run, progress }),
      finished: (report) => post({ type: "finished", run, report }),
      failed: (failure) => post({ type: "failed", run, failure }),
      closed: () => runs.delete(run),
    });
    runs.set(run, runDesk);
    runDesk.begin();
  } catch (thrown) {
    runDesk?.stop();
    post({ type: "failed", run, failure: failureOf(thrown, { worker: "desk" }) });
  }
}
