/** The models on the page and the part each plays. */
import { type Failure, type InspectedModel, inspect, type ModelInput } from "../weightkin.js";
import type { PathedFiles } from "./dropped.js";
import { t } from "./strings.js";

/** The part a model plays in a comparison. */
export type Role = keyof typeof t.roles;

/** Files being read, or a model. */
export interface ShelfEntry {
  key: number;
  role: Role;
  name: string;
  /** `null` while the headers are being read. */
  model: InspectedModel | null;
}

export class Shelf {
  #entries: ShelfEntry[] = [];
  #keys = 0;
  readonly #changed: () => void;

  /** `changed` is called after every change. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  of(role: Role): ShelfEntry[] {
    return this.#entries.filter((entry) => entry.role === role);
  }

  get reading(): boolean {
    return this.#entries.some(({ model }) => model === null);
  }

  get broken(): boolean {
    return this.#entries.some(({ model }) => model?.ok === false);
  }

  /** Models fit for comparison in one role. */
  ready(role: Role): ModelInput[] {
    return this.of(role).flatMap(({ model }) =>
      model?.ok ? [{ name: model.name, files: model.files }] : [],
    );
  }

  /**
   * Reads the headers of new files and shelves their models. There is one checkpoint: the first
   * model given as such replaces it, and further ones become relatives.
   */
  async add({ files, paths }: PathedFiles, role: Role): Promise<void> {
    const waiting = this.#entry(role, t.zone.reading(files.length), null);
    if (role === "checkpoint") {
      this.#entries = this.#entries.filter((entry) => entry.role !== "checkpoint");
    }
    this.#entries.push(waiting);
    this.#changed();
    const models = await this.#inspect(files, paths);
    const at = this.#entries.indexOf(waiting);
    if (at < 0) {
      return; // removed in the meantime
    }
    const found = models.map((model, i) => {
      return this.#entry(i === 0 ? waiting.role : "relative", model.name, model);
    });
    this.#entries.splice(at, 1, ...found);
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
    } else if (entry) {
      entry.role = "relative";
    }
    this.#changed();
  }

  async #inspect(files: File[], paths: string[]): Promise<InspectedModel[]> {
    const failed = (name: string, error: Failure): InspectedModel[] => [
      { ok: false, name, files, error },
    ];
    if (files.length === 0) {
      const kind = "nothing_in_folder";
      return failed(t.zone.nothing_in_folder_name, { kind, message: t.zone.nothing_in_folder });
    }
    try {
      return await inspect(files, paths);
    } catch (thrown) {
      const name = files.map((file) => file.name).join(", ");
      return failed(name, thrown as Failure);
    }
  }

  #entry(role: Role, name: string, model: InspectedModel | null): ShelfEntry {
    this.#keys += 1;
    return { key: this.#keys, role, name, model };
  }
}
