/** Files dragged over the page and dropped anywhere on it. */
import { carriesFiles, filesOf, type PathedFiles } from "./dropped.js";
import type { Role } from "./model-list.js";

/** Where a drag with files is: above a zone, elsewhere on the page, or nowhere. */
export type Over = Role | "page" | null;

/** The page as a place for files. */
export interface DropPlace {
  /** Nothing is taken while it is busy. */
  isBusy: () => boolean;
  over: (over: Over) => void;
  /** `zone` is the one under the pointer, if one is. */
  take: (found: PathedFiles, zone: Role | null) => Promise<void>;
  fail: (thrown: unknown) => void;
}

/** Listens on the whole document until `signal` aborts. */
export function takeDrops(place: DropPlace, signal: AbortSignal): void {
  const dragOver = (event: DragEvent) => {
    if (carriesFiles(event.dataTransfer)) {
      event.preventDefault();
      event.dataTransfer.dropEffect = place.isBusy() ? "none" : "copy";
      place.over(place.isBusy() ? null : (zoneAt(event) ?? "page"));
    }
  };
  const dragLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) {
      place.over(null);
    }
  };
  const drop = async (event: DragEvent) => {
    place.over(null);
    if (!carriesFiles(event.dataTransfer)) {
      return;
    }
    event.preventDefault();
    if (place.isBusy()) {
      return;
    }
    const zone = zoneAt(event);
    try {
      await place.take(await filesOf(event.dataTransfer), zone);
    } catch (thrown) {
      place.fail(thrown);
    }
  };
  document.addEventListener("dragover", dragOver, { signal });
  document.addEventListener("dragleave", dragLeave, { signal });
  document.addEventListener("drop", drop, { signal });
}

/** The zone under the pointer, if there is one. */
function zoneAt(event: DragEvent): Role | null {
  const zone = event.target instanceof Element ? event.target.closest("wk-zone") : null;
  return zone?.kind ?? null;
}
