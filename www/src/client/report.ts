/** Reports for looking at: other forms, other ancestors, any scope, all without the models. */
import type { ExportForm } from "../shared/messages.js";
import type { Report, Scope } from "../shared/types.js";
import type { DeskClient } from "./desk.js";
import { sharedDesk } from "./engine.js";

/**
 * Opens a report's JSON text, from `reportText()` or from a file. Everything that can be derived is
 * derived anew by the core, so a report cannot claim figures that its records do not have.
 *
 * Rejects with a [`WeightkinError`] of kind `not_a_report`, `report_too_new` or
 * `report_inconsistent`.
 */
export function openReport(text: string): Promise<ReportBook> {
  return ReportBook.read(text, undefined);
}

const texts = new WeakMap<Report, string>();

/** Parses a report that the core wrote, and remembers its text. */
export function parseReport(text: string): Report {
  const report = JSON.parse(text) as Report;
  texts.set(report, text);
  return report;
}

/** The report's JSON exactly as the core wrote it, for a report that came from here. */
export function reportText(report: Report): string {
  return texts.get(report) ?? JSON.stringify(report);
}

/** An opened report. `close()` it when it is no longer looked at. */
export class ReportBook {
  readonly report: Report;
  /** The report as JSON. */
  readonly text: string;
  #desk: DeskClient;
  #view: number;

  private constructor(desk: DeskClient, view: number, report: Report) {
    this.#desk = desk;
    this.#view = view;
    this.text = reportText(report);
    this.report = report;
  }

  /**
   * Opens a report that has just come from `compare()`, without another copy of it.
   *
   * @internal
   */
  static of(report: Report): Promise<ReportBook> {
    return ReportBook.read(reportText(report), undefined, report);
  }

  /** @internal */
  static async read(
    text: string,
    ancestor: number | null | undefined,
    known?: Report,
  ): Promise<ReportBook> {
    const desk = sharedDesk();
    const { view, text: derived } = await desk.ask({ type: "read_report", text, ancestor });
    const report = derived === null ? (known ?? parseReport(text)) : parseReport(derived);
    return new ReportBook(desk, view, report);
  }

  /** The same comparison seen from another ancestor, or from none. */
  seenFrom(ancestor: number | null): Promise<ReportBook> {
    return ReportBook.read(this.text, ancestor);
  }

  /**
   * The figures of the tensors whose names match: a part of the name, a glob (`*attn2*`), or a
   * regular expression between slashes. Rejects with kind `bad_pattern`.
   */
  async scope(pattern: string): Promise<Scope> {
    const view = await this.#open();
    return this.#desk.ask({ type: "scope", view, pattern });
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
    if (!this.#desk.dead) {
      this.#desk.ask({ type: "forget_report", view: this.#view }).catch(() => {});
    }
  }

  async #export(as: ExportForm): Promise<string> {
    const view = await this.#open();
    return this.#desk.ask({ type: "export", view, as });
  }

  /** The number of the view; read again if the desk that held it has died. */
  async #open(): Promise<number> {
    if (this.#desk.dead) {
      this.#desk = sharedDesk();
      const { text } = this;
      const read = await this.#desk.ask({ type: "read_report", text, ancestor: undefined });
      this.#view = read.view;
    }
    return this.#view;
  }
}
