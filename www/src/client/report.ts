/**
 * Reports for looking at: other forms, other ancestors, any scope, all without the models.
 *
 * The report itself stays with the coordinator, which knows it by number; the page has that number
 * and the JSON that it shows.
 */
import type { ExportForm, HeldReport } from "../shared/messages.js";
import type { Report, Scope } from "../shared/types.js";
import { type CoordinatorClient, sharedCoordinator } from "./coordinator.js";

/**
 * Opens a report's JSON text, from `reportText()` or from a file. Everything that can be derived is
 * derived anew by the core, so a report cannot claim figures that its records do not have.
 *
 * Rejects with a [`WeightkinError`] of code `not_a_report`, `report_too_new` or
 * `report_inconsistent`.
 */
export async function openReport(text: string): Promise<ReportBook> {
  const coordinator = sharedCoordinator();
  const held = await coordinator.ask({ type: "read_report", text });
  return ReportBook.of(reportOf(coordinator, held));
}

const handles = new WeakMap<Report, ReportHandle>();

/** Reports that nobody has closed are forgotten when the page has let go of them. */
const abandoned = new FinalizationRegistry<ReportHandle>((handle) => handle.forget());

/** The report that the coordinator holds, to be shown. */
export function reportOf(coordinator: CoordinatorClient, held: HeldReport): Report {
  const report = JSON.parse(textOf(held.json)) as Report;
  const handle = new ReportHandle(coordinator, held);
  handles.set(report, handle);
  abandoned.register(report, handle);
  return report;
}

/** The report's JSON exactly as the core wrote it, for a report that came from here. */
export function reportText(report: Report): string {
  return handles.get(report)?.text ?? JSON.stringify(report);
}

function textOf(json: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder().decode(json);
}

/** Where a report is. */
class ReportHandle {
  #coordinator: CoordinatorClient;
  #number: number | null;
  readonly #json: Uint8Array<ArrayBuffer>;

  constructor(coordinator: CoordinatorClient, { report, json }: HeldReport) {
    this.#coordinator = coordinator;
    this.#number = report;
    this.#json = json;
  }

  get text(): string {
    return textOf(this.#json);
  }

  /**
   * The coordinator that holds the report, and its number there; read again where it has been
   * forgotten or the worker that held it has died.
   */
  async held(): Promise<{ coordinator: CoordinatorClient; report: number }> {
    if (this.#number === null || this.#coordinator.dead) {
      this.#coordinator = sharedCoordinator();
      const { text } = this;
      const held = await this.#coordinator.ask({ type: "read_report", text });
      this.#number = held.report;
    }
    return { coordinator: this.#coordinator, report: this.#number };
  }

  forget(): void {
    const report = this.#number;
    this.#number = null;
    if (report !== null && !this.#coordinator.dead) {
      this.#coordinator.ask({ type: "forget_report", report }).catch(() => {});
    }
  }
}

/** An opened report. `close()` it when it is no longer looked at. */
export class ReportBook {
  readonly report: Report;
  readonly #handle: ReportHandle;

  private constructor(report: Report, handle: ReportHandle) {
    this.report = report;
    this.#handle = handle;
  }

  /**
   * Opens a report that has come from `compare()`, without another copy of it.
   *
   * @internal
   */
  static async of(report: Report): Promise<ReportBook> {
    const handle = handles.get(report);
    return handle ? new ReportBook(report, handle) : openReport(JSON.stringify(report));
  }

  /** The report as JSON. */
  get text(): string {
    return this.#handle.text;
  }

  /** The same comparison seen from another ancestor, or from none. */
  async seenFrom(ancestor: number | null): Promise<ReportBook> {
    const { coordinator, report } = await this.#handle.held();
    const seen = await coordinator.ask({ type: "see_from", report, ancestor });
    return ReportBook.of(reportOf(coordinator, seen));
  }

  /**
   * The figures of the tensors whose names match: a part of the name, a glob (`*attn2*`), or a
   * regular expression between slashes. Rejects with code `bad_pattern`.
   */
  async scope(pattern: string): Promise<Scope> {
    const { coordinator, report } = await this.#handle.held();
    return coordinator.ask({ type: "scope", report, pattern });
  }

  /** One model against all others, a line each, with all digits. */
  plainText(of = 0): Promise<string> {
    return this.#export({ form: "plain_text", of });
  }

  /** All pairs as a Markdown table. */
  markdown(): Promise<string> {
    return this.#export({ form: "markdown" });
  }

  /** Every tensor and pair as CSV. */
  csv(): Promise<string> {
    return this.#export({ form: "csv" });
  }

  /** Lets the core forget the report. */
  close(): void {
    this.#handle.forget();
  }

  async #export(as: ExportForm): Promise<string> {
    const { coordinator, report } = await this.#handle.held();
    return coordinator.ask({ type: "export", report, as });
  }
}
