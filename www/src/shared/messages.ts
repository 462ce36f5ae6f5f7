/**
 * Everything that crosses a thread boundary, as discriminated unions.
 *
 * page ⇄ worker: life cycle, the coordinator's requests, progress, the report.
 * coordinator ⇄ worker: work, outcomes and byte counts, over a port of their own, so that the page's
 * thread is not on the way of the data.
 */
import type { Failure, ModelFacts, NotRead, Progress, Scope } from "./types.js";

/** The first message to a new worker: what it is to be. */
export interface Become {
  type: "become";
  role: "coordinator" | "worker";
  module: WebAssembly.Module;
  /** Threads of a worker's pool, besides the worker itself; only in the script that has a pool. */
  threads?: number;
}

/** A worker with a pool asks the page to start its threads; any answer says that they wait. */
export interface PoolStatus {
  type: "pool";
  threads: number;
  memory: WebAssembly.Memory;
  /** Where they are handed their work, in that memory. */
  receiver: number;
}

/** Page → thread, in this order; it answers each with `ready`. */
export type ToThread =
  | { type: "load"; module: WebAssembly.Module; memory: WebAssembly.Memory }
  | { type: "begin"; receiver: number };

/** Thread → page. */
export type ThreadStatus = { type: "ready" } | { type: "failed"; message: string };

/** What any worker may say about itself. */
export type WorkerStatus = PoolStatus | { type: "ready" } | { type: "crashed"; failure: Failure };

/** One model among the paths given to `group`. */
export interface Group {
  name: string;
  /** Positions of the files that are read. */
  members: number[];
  /** What each member is called inside the model. */
  files: string[];
  /** Positions of the files that lie beside it and are not read. */
  beside: number[];
  not_read: NotRead[];
  /** The variant that is read, where it has a name. */
  variant?: string;
  /** Whether its folders are parts of a diffusers model. */
  has_parts: boolean;
  path: string;
}

/** The models among the files given to `group`, and what belongs to none. */
export interface Grouping {
  models: Group[];
  beside: number[];
  not_read: NotRead[];
}

/** A request to the coordinator, and the answer to each kind. */
export type CoordinatorRequest =
  | { type: "group"; files: File[]; paths: string[] }
  | {
      type: "open";
      name: string | undefined;
      files: File[];
      paths: string[] | undefined;
      variant: string | undefined;
      hasParts: boolean | undefined;
    }
  | { type: "describe"; model: number }
  | { type: "close"; models: number[] }
  | { type: "read_report"; text: string }
  | { type: "see_from"; report: number; ancestor: number | null }
  | { type: "scope"; report: number; pattern: string }
  | { type: "export"; report: number; as: ExportForm }
  | { type: "forget_report"; report: number }
  | { type: "search"; model: number }
  /** After the ranking, with the model whose fingerprint the file is. */
  | { type: "search_take"; search: number; file: File; path: string; model?: number }
  | { type: "search_rank"; search: number; top: number }
  | { type: "search_finish"; search: number }
  | { type: "forget_search"; search: number };

/** Forms of a report besides its own JSON. */
export type ExportForm =
  | { form: "plain_text"; of: number }
  | { form: "markdown" }
  | { form: "csv" };

export interface CoordinatorAnswers {
  group: Grouping;
  open: OpenedModel;
  describe: ModelFacts;
  close: null;
  read_report: HeldReport;
  see_from: HeldReport;
  scope: Scope;
  export: string;
  forget_report: null;
  search: number;
  search_take: null;
  search_rank: Wanted[];
  search_finish: string;
  forget_search: null;
}

/** A fingerprint that is worth reading: its path is `folder` and `file`. */
export interface Wanted {
  model: number;
  folder: string;
  file: string;
  bytes: number;
}

/** A report that the coordinator holds under a number, and the JSON that the page shows of it. */
export interface HeldReport {
  report: number;
  json: Uint8Array<ArrayBuffer>;
}

/** A model the coordinator holds open. */
export interface OpenedModel {
  id: number;
  name: string;
  is_fingerprint: boolean;
}

/** Page → coordinator. */
export type ToCoordinator =
  | Become
  | { type: "request"; request: number; body: CoordinatorRequest }
  | { type: "start"; run: number; task: Task; ports: MessagePort[] }
  /** Answered with `cancelled`. */
  | { type: "cancel"; run: number };

/** What a run is to do, over models that the coordinator holds open. */
export type Task =
  | {
      what: "compare";
      models: number[];
      options: { include_vae: boolean; ancestor: number | null };
      /** Sample models that are there, instead of reading all of them. */
      quick: boolean;
    }
  | {
      what: "fingerprint";
      model: number;
      rows: number | undefined;
      maxBytes: number | undefined;
      sha256: string | undefined;
    };

/** What came of it: a report, which stays with the coordinator, or the bytes of a fingerprint. */
export type Result =
  | { is: "report"; report: HeldReport }
  | { is: "fingerprint"; bytes: Uint8Array<ArrayBuffer> };

/** Coordinator → page. */
export type FromCoordinator =
  | WorkerStatus
  | { type: "answer"; request: number; body: CoordinatorAnswers[keyof CoordinatorAnswers] }
  | { type: "refused"; request: number; failure: Failure }
  | { type: "progress"; run: number; progress: Progress }
  | { type: "finished"; run: number; result: Result }
  | { type: "failed"; run: number; failure: Failure }
  /** With the report on what was finished, where anything was. */
  | { type: "cancelled"; run: number; report: HeldReport | null };

/** Page → worker: take part in the run at the other end of the port. */
export type ToWorker = Become | { type: "join"; port: MessagePort };

/** Worker → page. */
export type FromWorker = WorkerStatus;

/** Coordinator → worker, over the port. */
export type CoordinatorToWorker =
  | { type: "begin"; files: File[] }
  | { type: "work"; work: Uint8Array<ArrayBuffer> }
  | { type: "end" };

/** Worker → coordinator, over the port. Every `want` and every `outcome` asks for one piece of work. */
export type WorkerToCoordinator =
  | { type: "want" }
  | { type: "outcome"; outcome: Uint8Array<ArrayBuffer> }
  | { type: "advance"; bytes: number; tensor: string }
  | { type: "failed"; failure: Failure };
