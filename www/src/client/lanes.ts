/** The lanes: how many, and keeping them warm between runs. */
import type { FromLane, ToLane } from "../shared/messages.js";
import { Warden } from "./worker.js";

export type LaneWorker = Warden<ToLane, FromLane>;

const FEWEST_LANES = 2;
const MOST_LANES = 8;

/**
 * How many lanes to use. One more than cores: a lane waiting for bytes leaves its core to another,
 * and the desk has little to do.
 */
export function laneCount(cores: number, wanted?: number): number {
  const count = Math.trunc(wanted ?? cores + 1) || FEWEST_LANES;
  return wanted === undefined
    ? Math.min(Math.max(count, FEWEST_LANES), MOST_LANES)
    : Math.max(count, 1);
}

/** Lanes that stand ready. A run takes some and gives them back, or ends them. */
export class LanePool {
  readonly #idle: LaneWorker[] = [];

  /** Starts lanes until `count` stand ready. */
  fill(count: number): void {
    this.#bury();
    while (this.#idle.length < count) {
      this.#idle.push(new Warden<ToLane, FromLane>("lane"));
    }
  }

  /** Hands out `count` lanes that have loaded the core. */
  async take(count: number): Promise<LaneWorker[]> {
    this.fill(count);
    const lanes = this.#idle.splice(0, count);
    try {
      await Promise.all(lanes.map((lane) => lane.ready));
      return lanes;
    } catch (error) {
      this.end(lanes);
      throw error;
    }
  }

  /** Takes lanes back after a run that went well. */
  giveBack(lanes: LaneWorker[]): void {
    for (const lane of lanes) {
      lane.onDeath = () => {};
    }
    this.#idle.push(...lanes);
    this.#bury();
  }

  /** Ends lanes in the middle of their work; what they hold is freed with them. */
  end(lanes: LaneWorker[]): void {
    for (const lane of lanes) {
      lane.terminate();
    }
  }

  #bury(): void {
    for (let i = this.#idle.length - 1; i >= 0; i -= 1) {
      if (this.#idle[i]?.dead) {
        this.#idle.splice(i, 1);
      }
    }
  }
}
