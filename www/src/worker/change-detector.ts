/**
 * Notices that a file has changed while it was read. Chromium and WebKit hold a picked file to the
 * state it was picked in, but only when they begin to read a part of it; Firefox reads on in
 * whatever is there. So a few bytes from all over each file are taken at the beginning of a run
 * and looked at again at its end.
 */
import type { Failure } from "../shared/types.js";

/** So many bytes at each place: what one read of a disk brings anyway. */
const SAMPLE_BYTES = 4096;
/** Places in all files together, so that a model of many parts costs no more than one of few … */
const PLACES = 64;
/** … one for so many bytes of a file, since small ones should be through at once … */
const PLACE_BYTES = 1 << 20;
/** … but at least the beginning, the middle and the end of each. */
const FEWEST_PLACES = 3;

export class ChangeDetector {
  readonly #files: readonly File[];
  readonly #before: Promise<Uint8Array[][]>;

  constructor(files: readonly File[]) {
    this.#files = files;
    this.#before = this.#look();
    this.#before.catch(() => {}); // met again at the end, if nothing else has failed by then
  }

  /** Resolves if no file has changed, as far as can be seen; rejects with a [`Failure`]. */
  async confirm(): Promise<void> {
    const before = await this.#before;
    const after = await this.#look();
    this.#files.forEach((file, i) => {
      const same = after[i]?.every((bytes, place) => equal(bytes, before[i]?.[place]));
      if (!same) {
        throw changed(file);
      }
    });
  }

  #look(): Promise<Uint8Array[][]> {
    const most = Math.floor(PLACES / this.#files.length);
    const placesOf = ({ size }: File) =>
      Math.max(FEWEST_PLACES, Math.min(most, Math.ceil(size / PLACE_BYTES)));
    return Promise.all(this.#files.map((file) => samplesOf(file, placesOf(file))));
  }
}

/** Bytes from `places` of a file, its beginning and its end among them. */
async function samplesOf(file: File, places: number): Promise<Uint8Array[]> {
  const last = Math.max(0, file.size - SAMPLE_BYTES);
  const samples: Uint8Array[] = [];
  for (let i = 0; i < places; i += 1) {
    const start = Math.floor((last * i) / (places - 1));
    const part = file.slice(start, start + SAMPLE_BYTES);
    try {
      // WebKit's `Blob.arrayBuffer()` makes up what is missing of a file cut short
      samples.push(new Uint8Array(await new Response(part).arrayBuffer()));
    } catch (thrown) {
      throw changed(file, thrown);
    }
    if (last === 0) {
      break;
    }
  }
  return samples;
}

/** The core's own words for the same (`src/web/error.rs`). */
function changed(file: File, thrown?: unknown): Failure {
  const name = thrown instanceof DOMException ? thrown.name : "";
  if (name === "NotFoundError") {
    return { code: "file_vanished", file: file.name, message: "the file is no longer there" };
  }
  if (name === "SecurityError" || name === "NotAllowedError") {
    const message = "the browser no longer allows reading the file";
    return { code: "permission_lost", file: file.name, message };
  }
  const message = thrown
    ? "the file changed or can no longer be read"
    : "the file changed while it was read";
  return { code: "file_changed", file: file.name, message };
}

function equal(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i]);
}
