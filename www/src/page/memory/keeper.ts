/**
 * Keeps fingerprints of compared models, so that a later visit can compare with them where the
 * browser has no handles to open their files again. Done while nothing else is; what runs comes
 * first.
 */
import { fingerprint } from "../../weightkin.js";
import { type Comparable, inputOf } from "../models/model-list.js";
import { hasFingerprint, idOf, type Memory } from "./memory.js";
import { canReopen } from "./reopen.js";

/** The result is looked at first. */
const DELAY_MS = 1_000;

export class Keeper {
  readonly #memory: Memory;
  readonly #changed: () => void;
  #work = new AbortController();

  /** `changed` is told of every fingerprint that is kept. */
  constructor(memory: Memory, changed: () => void) {
    this.#memory = memory;
    this.#changed = changed;
  }

  /** Begins with the fingerprints of models that are remembered and have none. */
  begin(models: readonly Comparable[]): void {
    this.stop();
    const { signal } = this.#work;
    setTimeout(() => {
      this.#keep(models, signal).catch(() => {}); // it is tried again after the next comparison
    }, DELAY_MS);
  }

  /** Stops at once: something else is to run. */
  stop(): void {
    this.#work.abort();
    this.#work = new AbortController();
  }

  async #keep(models: readonly Comparable[], signal: AbortSignal): Promise<void> {
    const remembered = await this.#memory.models();
    for (const model of models) {
      signal.throwIfAborted();
      const id = idOf(model);
      const known = remembered.find((candidate) => candidate.id === id);
      if (!known || canReopen(known) || hasFingerprint(known)) {
        continue;
      }
      const file = model.facts.fingerprint ? model.files[0] : await made(model, signal);
      const content = await file?.arrayBuffer();
      signal.throwIfAborted();
      if (!content || (await this.#memory.keepFingerprint(id, content)) !== "kept") {
        return; // there is no space
      }
      this.#changed();
    }
  }
}

function made(model: Comparable, signal: AbortSignal): Promise<File> {
  return fingerprint(inputOf(model), { signal });
}
