/** The models on the page and the part each plays. */
import {
  type Failure,
  type InspectedModel,
  type Inspection,
  inspectAll,
  inspectOne,
  type ModelInput,
  type NotRead,
} from "../../weightkin.js";

import type { Words } from "../language/words/en.js";
import { addressOf } from "./addresses.js";
import { fingerprintsApart, isPartOfModel, type PathedFiles } from "./dropped.js";

/** The part a model plays in a comparison. */
export type Role = "checkpoint" | "relative";

/** Files being read, or a model. */
export interface ModelEntry {
  key: number;
  role: Role;
  /** Empty where its files say none; see [`entryName`]. */
  name: string;
  /** Files whose headers are being read. */
  reading?: number;
  /** Named as the model all others descend from. One at most, and never the checkpoint. */
  ancestor: boolean;
  /** `null` while the headers are being read, and of many fingerprints. */
  model: InspectedModel | null;
  /** Fingerprints to search in, too many to be compared with, or with an index of theirs. */
  many?: PathedFiles;
  /** What came with it and belongs to no model. */
  beside?: NotRead[];
}

/** A model that can take part. */
export type Comparable = Extract<InspectedModel, { ok: true }>;

/** From here on an exact comparison takes seconds. */
const LOOK_BYTES = 2_000_000_000;

/** As many relatives as one comparison holds beside the checkpoint. */
export const MOST_RELATIVES = 15;

/** A LoRA opens, but is no checkpoint. */
export function isLora(model: InspectedModel): boolean {
  return model.ok && model.facts.recognition.architecture === "lora";
}

/** A model as it is handed to a comparison. */
export function inputOf(model: InspectedModel): ModelInput & { name: string } {
  const { name, files, paths, hasParts, variant } = model;
  return {
    name,
    files,
    paths,
    ...(hasParts === undefined ? {} : { hasParts }),
    ...(variant === undefined ? {} : { variant }),
  };
}

/** What an entry is called on the page. */
export function entryName(t: Words, { name, reading, many }: ModelEntry): string {
  if (name !== "") {
    return name;
  }
  if (many) {
    return t.many.title;
  }
  return reading === undefined ? t.zone.nothingInFolderName : t.zone.reading(reading);
}

/** Whether it is not known yet what an entry is. */
export function isReading({ model, many }: ModelEntry): boolean {
  return model === null && many === undefined;
}

/** Whether an entry stands for models to search in. */
function isMany({ model, many }: ModelEntry): boolean {
  return many !== undefined || (model?.ok === true && model.facts.index !== undefined);
}

export class ModelList {
  #entries: ModelEntry[] = [];
  #keys = 0;
  readonly #changed: () => void;

  /** `changed` is called after every change. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  of(role: Role): ModelEntry[] {
    return this.#entries.filter((entry) => entry.role === role);
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get reading(): boolean {
    return this.#entries.some(isReading);
  }

  get broken(): boolean {
    return this.#entries.some(({ model }) => model !== null && (!model.ok || isLora(model)));
  }

  /** Models fit for comparison in one role. */
  ready(role: Role): ModelInput[] {
    return this.#comparable(role).map(({ model }) => inputOf(model));
  }

  /** Every model fit for comparison with its part, the checkpoint first. */
  comparable(): { role: Role; model: Comparable }[] {
    return (["checkpoint", "relative"] as const).flatMap((role) =>
      this.#comparable(role).map(({ model }) => ({ role, model })),
    );
  }

  /**
   * Whether a quick look is worth its while before the exact comparison: at least two models are
   * there, and reading all of them takes more than a moment.
   */
  get worthALook(): boolean {
    const whole = this.comparable().filter(({ model }) => !model.facts.fingerprint);
    const bytes = whole.reduce((sum, { model }) => sum + model.facts.bytes, 0);
    return whole.length >= 2 && bytes >= LOOK_BYTES;
  }

  /** Position of the ancestor among the checkpoint and the relatives that are ready. */
  get ancestor(): number | undefined {
    const all = [...this.#comparable("checkpoint"), ...this.#comparable("relative")];
    const at = all.findIndex(({ ancestor }) => ancestor);
    return at < 0 ? undefined : at;
  }

  /** Whether there are models to search in, instead of a few to compare with. */
  get seeks(): boolean {
    return this.of("relative").some(isMany);
  }

  /** Everything to search in: indices and fingerprints. */
  get among(): PathedFiles {
    const found: PathedFiles = { files: [], paths: [] };
    for (const { model, many } of this.of("relative")) {
      const { files, paths } = many ?? (model?.ok ? model : { files: [], paths: [] });
      found.files.push(...files);
      // a fetched index is seen from its own address
      found.paths.push(...paths.map((path, i) => (files[i] && addressOf(files[i])) ?? path));
    }
    return found;
  }

  #comparable(role: Role): { ancestor: boolean; model: Comparable }[] {
    return this.of(role).flatMap(({ ancestor, model }) =>
      model?.ok && !isLora(model) && !model.facts.index ? [{ ancestor, model }] : [],
    );
  }

  /**
   * Reads the headers of new files and lists their models. There is one checkpoint: the first
   * model given as such replaces it, and further ones become relatives.
   */
  async add(found: PathedFiles, role: Role): Promise<void> {
    const { many, rest } = fingerprintsApart(found, MOST_RELATIVES);
    if (many) {
      const [path = ""] = many.paths;
      const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
      this.#entries.push({ ...this.#entry("relative", folder, null), many });
      this.#changed();
    }
    if (!many || rest.paths.some(isPartOfModel)) {
      await this.#add(rest, role);
    }
  }

  async #add({ files, paths }: PathedFiles, role: Role): Promise<void> {
    const waiting = { ...this.#entry(role, "", null), reading: files.length };
    if (role === "checkpoint") {
      this.#entries = this.#entries.filter((entry) => entry.role !== "checkpoint");
    }
    this.#entries.push(waiting);
    this.#changed();
    const { models, not_read } = await this.#inspect(files, paths);
    const at = this.#entries.indexOf(waiting);
    if (at < 0) {
      return; // removed in the meantime
    }
    const found = models.map((model, i) => {
      const isIndex = model.ok && model.facts.index !== undefined;
      const part = i === 0 && !isIndex ? waiting.role : "relative";
      return this.#entry(part, model.name, model);
    });
    const last = found.at(-1);
    if (last && not_read.length > 0) {
      last.beside = not_read;
    }
    this.#entries.splice(at, 1, ...found);
    this.#changed();
  }

  /** Reads another variant of a model, or the one that is read when none is asked for. */
  async chooseVariant(key: number, variant: string | undefined): Promise<void> {
    const entry = this.#entries.find((candidate) => candidate.key === key);
    if (!entry?.model) {
      return;
    }
    const { variant: _, ...input } = inputOf(entry.model);
    const model = await inspectOne(variant === undefined ? input : { ...input, variant });
    entry.model = model;
    this.#changed();
  }

  remove(key: number): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    this.#changed();
  }

  clear(): void {
    this.#entries = [];
    this.#changed();
  }

  /** Gives a model the other role; a checkpoint that is replaced becomes a relative. */
  swap(key: number): void {
    const entry = this.#entries.find((candidate) => candidate.key === key);
    if (entry?.role === "relative") {
      for (const current of this.of("checkpoint")) {
        current.role = "relative";
      }
      entry.role = "checkpoint";
      entry.ancestor = false;
    } else if (entry) {
      entry.role = "relative";
    }
    this.#changed();
  }

  /** Names a relative as the ancestor of all others, or no longer. */
  toggleAncestor(key: number): void {
    for (const entry of this.#entries) {
      entry.ancestor = entry.key === key && !entry.ancestor;
    }
    this.#changed();
  }

  async #inspect(files: File[], paths: string[]): Promise<Inspection> {
    const failed = (name: string, error: Failure, not_read: NotRead[] = []): Inspection => ({
      models: [{ ok: false, name, files, paths, error }],
      not_read,
    });
    try {
      const found = await inspectAll(files, paths);
      if (found.models.length > 0) {
        return found;
      }
      const code = "nothing_in_folder";
      const message = "no .safetensors or .gguf file was found in what was dropped";
      return failed("", { code, message }, found.not_read);
    } catch (thrown) {
      const name = files.map((file) => file.name).join(", ");
      return failed(name, thrown as Failure);
    }
  }

  #entry(role: Role, name: string, model: InspectedModel | null): ModelEntry {
    this.#keys += 1;
    return { key: this.#keys, role, name, ancestor: false, model };
  }
}
