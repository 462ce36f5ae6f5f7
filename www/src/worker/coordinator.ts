/** The coordinator: keeps models, reports and searches, answers the page, and carries runs through. */
import {
  Coordinator,
  exported,
  factsOf,
  groupFiles,
  jsonOf,
  openModel,
  type ReportView,
  rankAll,
  readReport,
  type Search,
  scopeOf,
  seenFrom,
  startRun,
} from "../core.js";
import { failureOf } from "../shared/error.js";
import type {
  CoordinatorAnswers,
  CoordinatorRequest,
  FromCoordinator,
  HeldReport,
  OpenedModel,
  Task,
  ToCoordinator,
} from "../shared/messages.js";
import { ChangeDetector } from "./change-detector.js";
import { RunDriver } from "./run.js";

/** Starts answering the page; call once, after the core is loaded. */
export function serveCoordinator(): void {
  const server = new CoordinatorServer();
  self.addEventListener("message", (event: MessageEvent<ToCoordinator>) => {
    const message = event.data;
    switch (message.type) {
      case "request": {
        const { request, body } = message;
        server.answer(body).then(
          (answer) => post({ type: "answer", request, body: answer }),
          (thrown) => {
            const failure = failureOf(thrown, { worker: "coordinator" });
            post({ type: "refused", request, failure });
          },
        );
        break;
      }
      case "start":
        server.start(message);
        break;
      case "cancel":
        server.cancel(message.run);
        break;
      case "become":
        break;
    }
  });
}

/** Posts a message; the bytes of a report or a fingerprint in it move without being copied. */
function post(message: FromCoordinator): void {
  self.postMessage(message, { transfer: transfersOf(message) });
}

function transfersOf(message: FromCoordinator): Transferable[] {
  switch (message.type) {
    case "answer": {
      const { body } = message;
      return typeof body === "object" && body !== null && "json" in body ? [body.json.buffer] : [];
    }
    case "finished": {
      const { result } = message;
      return [result.is === "report" ? result.report.json.buffer : result.bytes.buffer];
    }
    case "cancelled":
      return message.report ? [message.report.json.buffer] : [];
    default:
      return [];
  }
}

class CoordinatorServer {
  readonly #core = new Coordinator();
  readonly #reports = new Held<ReportView>();
  readonly #searches = new Held<Search>();
  readonly #runs = new Map<number, RunDriver>();
  /** What the files of each open model looked like when its headers were read. */
  readonly #changes = new Map<number, ChangeDetector>();

  async answer(body: CoordinatorRequest): Promise<CoordinatorAnswers[CoordinatorRequest["type"]]> {
    switch (body.type) {
      case "group":
        return groupFiles(body.files, body.paths);
      case "open":
        return this.#open(body);
      case "describe":
        return factsOf(this.#core, body.model);
      case "close":
        for (const id of body.models) {
          this.#core.close(id);
          this.#changes.delete(id);
        }
        return null;
      case "read_report":
        return this.#hold(readReport(body.text));
      case "see_from":
        return this.#hold(seenFrom(this.#reports.get(body.report), body.ancestor));
      case "scope":
        return scopeOf(this.#reports.get(body.report), body.pattern);
      case "export":
        return exported(this.#reports.get(body.report), body.as);
      case "forget_report":
        this.#reports.forget(body.report);
        return null;
      case "search":
        return this.#searches.hold(this.#core.search(body.model));
      case "search_take":
        await this.#searches.get(body.search).take(body.file, body.path, body.model);
        return null;
      case "search_rank":
        return rankAll(this.#searches.get(body.search), body.top);
      case "search_finish":
        return this.#searches.get(body.search).finish();
      case "forget_search":
        this.#searches.forget(body.search);
        return null;
    }
  }

  start({ run, task, ports }: Extract<ToCoordinator, { type: "start" }>): void {
    let driver: RunDriver | undefined;
    try {
      const changes = modelsOf(task).flatMap((id) => this.#changes.get(id) ?? []);
      driver = new RunDriver(startRun(this.#core, task, ports.length), ports, changes, {
        progress: (progress) => post({ type: "progress", run, progress }),
        reported: (view) => {
          post({ type: "finished", run, result: { is: "report", report: this.#hold(view) } });
        },
        fingerprinted: (bytes) => {
          post({ type: "finished", run, result: { is: "fingerprint", bytes } });
        },
        failed: (failure) => post({ type: "failed", run, failure }),
        closed: () => this.#runs.delete(run),
      });
      this.#runs.set(run, driver);
      driver.begin();
    } catch (thrown) {
      driver?.stop();
      post({ type: "failed", run, failure: failureOf(thrown, { worker: "coordinator" }) });
    }
  }

  cancel(run: number): void {
    const view = this.#runs.get(run)?.cancel();
    post({ type: "cancelled", run, report: view ? this.#hold(view) : null });
  }

  async #open({
    name,
    files,
    paths,
    variant,
    hasParts,
  }: Extract<CoordinatorRequest, { type: "open" }>): Promise<OpenedModel> {
    // before the headers are read, so that no change after that is missed
    const changes = new ChangeDetector(files);
    const opened = await openModel(this.#core, name, files, paths, variant, hasParts);
    // a fingerprint has been read whole
    if (!opened.is_fingerprint) {
      this.#changes.set(opened.id, changes);
    }
    return opened;
  }

  #hold(view: ReportView): HeldReport {
    return { report: this.#reports.hold(view), json: jsonOf(view) };
  }
}

function modelsOf(task: Task): number[] {
  return task.what === "compare" ? task.models : [task.model];
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
