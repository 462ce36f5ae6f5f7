/** The desk: keeps the models' headers, answers the page, and carries runs through. */
import {
  Coordinator,
  exported,
  factsOf,
  groupPaths,
  openModel,
  type ReportView,
  rankAll,
  readReport,
  type Search,
  scopeOf,
  startRun,
} from "../core.js";
import { failureOf } from "../shared/error.js";
import type { DeskAnswers, DeskRequest, FromDesk, ReadReport, ToDesk } from "../shared/messages.js";
import { RunDesk } from "./run.js";

/** Starts answering the page; call once, after the core is loaded. */
export function serveDesk(): void {
  const desk = new Coordinator();
  const views = new Held<ReportView>();
  const searches = new Held<Search>();
  const runs = new Map<number, RunDesk>();

  self.addEventListener("message", (event: MessageEvent<ToDesk>) => {
    const message = event.data;
    switch (message.type) {
      case "request": {
        const { request } = message;
        answer(desk, views, searches, message.body).then(
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
  desk: Coordinator,
  views: Held<ReportView>,
  searches: Held<Search>,
  body: DeskRequest,
): Promise<DeskAnswers[DeskRequest["type"]]> {
  switch (body.type) {
    case "group":
      return groupPaths(body.paths);
    case "open":
      return openModel(desk, body.name, body.files, body.paths);
    case "describe":
      return factsOf(desk, body.model);
    case "close":
      for (const id of body.models) {
        desk.close(id);
      }
      return null;
    case "read_report":
      return open(views, readReport(body.text, body.ancestor), body.text);
    case "scope":
      return scopeOf(views.get(body.view), body.pattern);
    case "export":
      return exported(views.get(body.view), body.as);
    case "forget_report":
      views.forget(body.view);
      return null;
    case "search":
      return searches.hold(desk.search(body.model));
    case "search_take":
      await searches.get(body.search).take(body.file, body.path, body.model);
      return null;
    case "search_rank":
      return rankAll(searches.get(body.search), body.top);
    case "search_finish":
      return searches.get(body.search).finish();
    case "forget_search":
      searches.forget(body.search);
      return null;
  }
}

function start(
  desk: Coordinator,
  runs: Map<number, RunDesk>,
  { run, task, ports }: Extract<ToDesk, { type: "start" }>,
): void {
  let runDesk: RunDesk | undefined;
  try {
    runDesk = new RunDesk(startRun(desk, task, ports.length), ports, {
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

function open(views: Held<ReportView>, view: ReportView, asked: string): ReadReport {
  // what the text that came in claims has been derived anew
  const text = view.json();
  return { view: views.hold(view), text: text === asked ? null : text };
}

/** Things of the core that the page knows by number. */
class Held<T extends { free(): void }> {
  readonly #held = new Map<number, T>();
  #ids = 0;

  hold(thing: T): number {
    this.#ids += 1;
    this.#held.set(this.#ids, thing);
    return this.#ids;
  }

  get(id: number): T {
    const thing = this.#held.get(id);
    if (!thing) {
      throw new Error(`nothing is held as ${id}`);
    }
    return thing;
  }

  /** Lets go. Work under way keeps what it needs: the core counts who uses it. */
  forget(id: number): void {
    this.#held.get(id)?.free();
    this.#held.delete(id);
  }
}
