/**
 * Models and results kept between visits. Nothing here may stand in the way of a comparison: what
 * cannot be kept is not kept, and what cannot be read is not there.
 */
import type { Report } from "../../weightkin.js";
import { isPartOfModel } from "../models/dropped.js";
import type { Comparable, Role } from "../models/model-list.js";
import { originOf } from "../models/origins.js";
import { packed, unpacked } from "./pack.js";
import {
  type KeptResult,
  openStore,
  type RememberedFile,
  type RememberedModel,
  type Store,
} from "./store.js";

/** What became of something that was to be kept. */
export type Kept = "kept" | "full" | "impossible";

export class Memory {
  readonly #store: Store;

  private constructor(store: Store) {
    this.#store = store;
  }

  /** Nothing where the browser keeps nothing, as in some private windows. */
  static async open(): Promise<Memory | null> {
    const store = await openStore();
    return store && new Memory(store);
  }

  /** Models compared before, the last ones first. */
  async models(): Promise<RememberedModel[]> {
    const all = await this.#store.getAll("models").catch(() => []);
    return all.sort((a, b) => b.used_ms - a.used_ms || (a.name < b.name ? -1 : 1));
  }

  /** Remembers the models of a comparison that begins. */
  async remember(models: readonly { role: Role; model: Comparable }[]): Promise<Kept> {
    const used_ms = Date.now();
    let outcome: Kept = "kept";
    for (const { role, model } of models) {
      const id = idOf(model);
      if (model.files.some((file) => keptFor(file) !== undefined)) {
        // its kept fingerprint stood for it
        outcome = await this.#change(id, (known) => ({ ...known, role, used_ms }));
        continue;
      }
      const entry = { ...describe(model), role, used_ms };
      // the second time without handles, which not every browser that has them can keep
      const kept = await this.#put(entry);
      outcome = kept === "impossible" ? await this.#put(withoutOrigins(entry)) : kept;
    }
    return outcome;
  }

  async #put(entry: RememberedModel): Promise<Kept> {
    return attempt(async () => {
      const transaction = this.#store.transaction("models", "readwrite");
      const known = await transaction.store.get(entry.id);
      // what is known besides stays, a way to open the files included
      const files = entry.files.map((file, i) => ({ ...known?.files[i], ...file }));
      await Promise.all([transaction.store.put({ ...known, ...entry, files }), transaction.done]);
    });
  }

  async #change(id: string, work: (known: RememberedModel) => RememberedModel): Promise<Kept> {
    return attempt(async () => {
      const transaction = this.#store.transaction("models", "readwrite");
      const known = await transaction.store.get(id);
      await Promise.all([known && transaction.store.put(work(known)), transaction.done]);
    });
  }

  /** Keeps the fingerprint of a remembered model, and no more than the last ones used. */
  async keepFingerprint(id: string, content: ArrayBuffer): Promise<Kept> {
    const kept = await attempt(async () => {
      const transaction = this.#store.transaction(["models", "fingerprints"], "readwrite");
      const models = transaction.objectStore("models");
      const known = await models.get(id);
      if (known) {
        const fingerprint_bytes = content.byteLength;
        await transaction.objectStore("fingerprints").put(content, id);
        await models.put({ ...known, fingerprint_bytes });
      }
      await transaction.done;
    });
    const all = await this.models();
    for (const model of all.filter(hasFingerprint).slice(MOST_FINGERPRINTS)) {
      await this.#store.delete("fingerprints", model.id).catch(() => {});
      await this.#change(model.id, ({ fingerprint_bytes: _, ...rest }) => rest);
    }
    return kept;
  }

  /** The fingerprint that is kept of a model. */
  async fingerprint({ id, name }: RememberedModel): Promise<File | null> {
    const content = await this.#store.get("fingerprints", id).catch(() => undefined);
    if (!content) {
      return null;
    }
    const file = new File([content], `${name}.kin.safetensors`);
    keptIds.set(file, id);
    return file;
  }

  async forget(id: string): Promise<void> {
    await attempt(async () => {
      const transaction = bothOfModels(this.#store);
      await Promise.all([
        transaction.objectStore("models").delete(id),
        transaction.objectStore("fingerprints").delete(id),
        transaction.done,
      ]);
    });
  }

  async forgetAll(): Promise<void> {
    await attempt(async () => {
      const transaction = bothOfModels(this.#store);
      await Promise.all([
        transaction.objectStore("models").clear(),
        transaction.objectStore("fingerprints").clear(),
        transaction.done,
      ]);
    });
  }

  /** Past results, the last one first. */
  async results(): Promise<KeptResult[]> {
    const all = await this.#store.getAll("results").catch(() => []);
    return all.sort((a, b) => b.id - a.id);
  }

  /** Keeps a result with its report's text. */
  async keep(report: Report, text: string): Promise<Kept> {
    return attempt(async () => {
      const content = await packed(text);
      const transaction = this.#store.transaction(["results", "reports"], "readwrite");
      const id = await transaction.objectStore("results").add(summary(report) as KeptResult);
      await Promise.all([transaction.objectStore("reports").put(content, id), transaction.done]);
    });
  }

  /** The report's text of a past result. */
  async text(id: number): Promise<string | null> {
    try {
      const content = await this.#store.get("reports", id);
      return content ? await unpacked(content) : null;
    } catch {
      return null;
    }
  }

  async delete(id: number): Promise<void> {
    await this.#clear((transaction) => [
      transaction.objectStore("results").delete(id),
      transaction.objectStore("reports").delete(id),
    ]);
  }

  async deleteAll(): Promise<void> {
    await this.#clear((transaction) => [
      transaction.objectStore("results").clear(),
      transaction.objectStore("reports").clear(),
    ]);
  }

  async #clear(work: (transaction: Both) => Promise<void>[]): Promise<void> {
    await attempt(async () => {
      const transaction = bothTables(this.#store);
      await Promise.all([...work(transaction), transaction.done]);
    });
  }
}

type Both = ReturnType<typeof bothTables>;

function bothOfModels(store: Store) {
  return store.transaction(["models", "fingerprints"], "readwrite");
}

function bothTables(store: Store) {
  return store.transaction(["results", "reports"], "readwrite");
}

async function attempt(work: () => Promise<void>): Promise<Kept> {
  try {
    await work();
    return "kept";
  } catch (thrown) {
    const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
    return name === "QuotaExceededError" ? "full" : "impossible";
  }
}

/** Name, size and header hash of a model; or of that which a kept fingerprint stands for. */
export function idOf({ name, files, facts }: Comparable): string {
  const [file] = files;
  return (file && keptFor(file)) ?? [name, facts.bytes, facts.header_hash].join("\n");
}

/** True for a model whose fingerprint is kept. */
export function hasFingerprint({ fingerprint_bytes }: RememberedModel): boolean {
  return fingerprint_bytes !== undefined;
}

/** As many fingerprints as are kept, of the models used last. */
const MOST_FINGERPRINTS = 20;

const keptIds = new WeakMap<File, string>();

/** The id of the model that a kept fingerprint stands for. */
function keptFor(file: File): string | undefined {
  return keptIds.get(file);
}

function describe(model: Comparable) {
  const { name, files, paths, facts } = model;
  const { bytes, header_hash, recognition } = facts;
  return {
    id: idOf(model),
    ...(facts.fingerprint ? { is_fingerprint: true } : {}),
    name,
    bytes,
    header_hash,
    architecture: recognition.architecture,
    title: recognition.title,
    files: files.flatMap((file, i): RememberedFile[] => {
      const path = paths[i] ?? file.name;
      // what only lies beside a model may go without the model being gone
      if (i > 0 && !isPartOfModel(path)) {
        return [];
      }
      const origin = originOf(file);
      return [{ path, bytes: file.size, ...(origin ? { origin } : {}) }];
    }),
  };
}

function withoutOrigins(entry: RememberedModel): RememberedModel {
  return { ...entry, files: entry.files.map(({ path, bytes }) => ({ path, bytes })) };
}

function summary({ models, closest, pairs, compared }: Report): Omit<KeptResult, "id"> {
  const names = models.map(({ name }) => name);
  const other = closest.find(({ of }) => of === 0)?.model;
  const pair = pairs.find(({ a, b }) => a === 0 && b === other);
  const column_cosine = pair?.column_cosine ?? null;
  return {
    made_ms: Date.now(),
    names,
    closest:
      other === undefined || column_cosine === null
        ? null
        : { name: names[other] ?? "", column_cosine },
    partial: (compared.unfinished ?? 0) > 0,
  };
}
