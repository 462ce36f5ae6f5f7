/** The desk: keeps the models' headers, answers the page, and carries runs through. */
import {
  Desk,
  exported,
  groupPaths,
  openModel,
  type ReportView,
  readReport,
  scopeOf,
  startRun,
} from "../core.js";
import { failureOf } from "../shared/error.js";
import type { DeskAnswers, DeskRequest, FromDesk, ReadReport, ToDesk } from "../shared/messages.js";
import { RunDesk } from "./run.js";

/** Starts answering the page; call once, after the core is loaded. */
export function serveDesk(): void {
  const desk = new Desk();
  const views = new Views();
  const runs = new Map<number, RunDesk>();

  self.addEventListener("message", (event: MessageEvent<ToDesk>) => {
    const message = event.data;
    switch (message.type) {
      case "request": {
        const { request } = message;
        answer(desk, views, message.body).then(
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
      case "cancel": {
        const { run } = message;
        const report = runs.get(run)?.cancel() ?? null;
        post({ type: "cancelled", run, report });
        break;
      }
      case "become":
        break;
    }
  });
}

function post(message: FromDesk): void {
  self.postMessage(message);
}

async function answer(
  desk: Desk,
  views: Views,
  body: DeskRequest,
): Promise<DeskAnswers[DeskRequest["type"]]> {
  switch (body.type) {
    case "group":
      return groupPaths(body.paths);
    case "open":
      return openModel(desk, body.name, body.files, body.paths);
    case "close":
      for (const id of body.models) {
        desk.close(id);
      }
      return null;
    case "read_report":
      return views.read(body.text, body.ancestor);
    case "scope":
      return scopeOf(views.get(body.view), body.pattern);
    case "export":
      return exported(views.get(body.view), body.as);
    case "forget_report":
      views.forget(body.view);
      return null;
  }
}

function start(
  desk: Desk,
  runs: Map<number, RunDesk>,
  { run, task, ports }: Extract<ToDesk, { type: "start" }>,
): void {
  let runDesk: RunDesk | undefined;
  try {
    runDesk = new RunDesk(startRun(desk, task), ports, {
      progress: (progress) => post({ type: "progress", run, progress }),
      finished: (result) => post({ type: "finished", run, result }),
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

/** Reports held ready for looking at, by number. */
class Views {
  readonly #views = new Map<number, ReportView>();
  #ids = 0;

  read(text: string, ancestor: number | null | undefined): ReadReport {
    const view = readReport(text, ancestor);
    this.#ids += 1;
    this.#views.set(this.#ids, view);
    // not the text that came in: what it claims has been derived anew
    return { view: this.#ids, text: view.json() };
  }

  get(id: number): ReportView {
    const view = this.#views.get(id);
    if (!view) {
      throw new Error(`no report ${id} is open`);
    }
    return view;
  }

  forget(id: number): void {
    this.#views.get(id)?.free();
    this.#views.delete(id);
  }
}
