/** What a session's events mean to whoever does not see the screen, and where to look after them. */
import { formatPercent } from "../common/format.js";
import { foundSentence } from "../found/sentence.js";
import { plainWords } from "../language/language.js";
import type { Words } from "../language/words/en.js";
import { headlineSentence } from "../result/headline.js";
import type { SessionEvent } from "./phase.js";

/** Progress is spoken at every tenth. */
const ANNOUNCEMENTS = 10;

/** The sentence for the live region, where an event has one. */
export function announcementOf(t: Words, event: SessionEvent): string | null {
  switch (event.type) {
    case "search-started":
      return t.found.seeking;
    case "search-finished":
      return foundSentence(t, event.identification);
    case "comparison-started":
      return t.progress.title;
    case "progress": {
      const { fraction } = event.progress;
      const tenth = (share: number) => Math.floor(share * ANNOUNCEMENTS);
      return tenth(fraction) > tenth(event.before)
        ? t.outcome.announcePercent(formatPercent(t, fraction))
        : null;
    }
    case "stalled":
      return t.progress.stalled;
    case "estimated":
    case "shown":
      return headlineSentence(t, event.report);
    case "cancelled":
      return t.outcome.cancelled;
    case "failed":
      return `${failureTitle(t, event.of)} ${plainWords(t, event.failure)}`;
    default:
      return null;
  }
}

/** What a failure is called. */
export function failureTitle(t: Words, of: "comparison" | "report"): string {
  return of === "report" ? t.outcome.reportFailed : t.outcome.failed;
}

/** An element to move focus and view to. */
export interface FocusTarget {
  selector: string;
  block: ScrollLogicalPosition;
}

/** Where focus and view go after an event, if anywhere. */
export function focusAfter(event: SessionEvent): FocusTarget | null {
  switch (event.type) {
    case "search-started":
    case "comparison-started":
      return { selector: "#cancel", block: "nearest" };
    case "search-finished":
      return { selector: "#found", block: "start" };
    case "shown":
      return event.replaces ? null : { selector: "#headline", block: "start" };
    case "comparison-ended":
      return event.complete ? null : { selector: "#compare", block: "nearest" };
    default:
      return null;
  }
}
