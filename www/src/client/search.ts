/** A search among fingerprints, step by step; all of its arithmetic is the coordinator's. */
import { failureOf, WeightkinError } from "../shared/error.js";
import type { Identification, IdentifyOptions } from "../shared/identification.js";
import type { Wanted } from "../shared/messages.js";
import type { Failure } from "../shared/types.js";
import type { CoordinatorClient } from "./coordinator.js";
import { abortable } from "./engine.js";
import { mapLimit } from "./map-limit.js";

/** Files read at once: one while the last is computed. More would only take memory. */
const FILES_AT_ONCE = 2;
/** Fingerprints fetched at once. */
const FETCHES_AT_ONCE = 4;
/** As many as the command line compares. */
const TOP = 5;

/** What the index of a folder is called. It is read first: what it describes need not be read. */
const INDEX = /(^|\/)index\.kin\.safetensors$/;

type Searching = Omit<IdentifyOptions, "workers">;

/** Ranks what is in `files` by how close it is to the fingerprint that the coordinator has as `model`. */
export async function search(
  coordinator: CoordinatorClient,
  model: number,
  files: readonly File[],
  { paths = pathsOf(files), top = TOP, get, onProgress = () => {}, signal }: Searching,
): Promise<Identification> {
  const id = await coordinator.ask({ type: "search", model });
  const failed: Failure[] = [];
  const read = new Map<string, File>();
  const missing: string[] = [];
  let underWay = Promise.resolve();
  const all = <T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>) => {
    underWay = mapLimit(items, atOnce, work, signal);
    return abortable(underWay, signal);
  };
  try {
    const given = files.map((file, i) => ({ file, path: paths[i] ?? file.name }));
    const first = given.filter(({ path }) => INDEX.test(path));
    const others = given.filter(({ path }) => !INDEX.test(path));
    let done = 0;
    const add = async ({ file, path }: (typeof given)[number]) => {
      onProgress({ step: "read", done, total: given.length });
      await collectFailure(
        failed,
        coordinator.ask({ type: "search_take", search: id, file, path }),
      );
      done += 1;
      onProgress({ step: "read", done, total: given.length });
    };
    await all(first, 1, add);
    await all(others, FILES_AT_ONCE, add);

    const wanted = await coordinator.ask({ type: "search_rank", search: id, top });
    const near = new Near(given);
    let refined = 0;
    const refine = async ({ model, folder, file, bytes }: Wanted) => {
      onProgress({ step: "refine", done: refined, total: wanted.length });
      const path = folder + file;
      const content =
        near.find(path, bytes) ??
        (await collectFailure(failed, get?.(file, folder, signal))) ??
        null;
      if (content === null) {
        missing.push(path);
      } else if (
        await collectFailure(
          failed,
          coordinator
            .ask({ type: "search_take", search: id, file: content, path, model })
            .then(() => true),
        )
      ) {
        read.set(path, content);
      }
      refined += 1;
      onProgress({ step: "refine", done: refined, total: wanted.length });
    };
    await all(wanted, FETCHES_AT_ONCE, refine);
    const text = await coordinator.ask({ type: "search_finish", search: id });
    return { ...(JSON.parse(text) as Identification), failed, missing, read };
  } finally {
    // the coordinator cannot let go of what it works on
    const forget = () =>
      coordinator.dead ? null : coordinator.ask({ type: "forget_search", search: id });
    underWay.then(forget, forget).catch(() => {});
  }
}

/** The given files, by what an index may call them. */
class Near {
  readonly #byPath = new Map<string, File>();
  readonly #byName = new Map<string, File>();

  constructor(given: readonly { file: File; path: string }[]) {
    for (const { file, path } of given) {
      this.#byPath.set(path, file);
      // chosen one by one, files have no path; one that is taken for another does not fit its hash
      this.#byName.set(file.name, file);
    }
  }

  find(path: string, bytes: number): File | undefined {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const file = this.#byPath.get(path) ?? this.#byName.get(name);
    return file?.size === bytes ? file : undefined;
  }
}

function pathsOf(files: readonly File[]): string[] {
  return files.map((file) => file.webkitRelativePath || file.name);
}

/** `work`, or nothing when it fails, which is noted: the other files still say something. */
async function collectFailure<T>(
  failed: Failure[],
  work: Promise<T> | undefined,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    const failure = failureOf(thrown, { worker: "coordinator" });
    if (failure.code === "coordinator_crashed") {
      throw new WeightkinError(failure);
    }
    failed.push(failure);
    return undefined;
  }
}
