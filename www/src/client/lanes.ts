/** The lanes, kept warm between runs. */
import type { FromLane, ToLane } from "../shared/messages.js";
import type { Crew } from "./crew.js";
import { Warden } from "./worker.js";

export type LaneWorker = Warden<ToLane, FromLane>;

/** Lanes that stand ready. A run takes some and gives them back, or ends them. */
export class LanePool {
  readonly #idle = new Map<string, LaneWorker[]>();

  /** Starts lanes until all of the crew stand ready. */
  fill(crew: Crew): void {
    const idle = this.#of(crew);
    while (idle.length < crew.lanes) {
      idle.push(new Warden<ToLane, FromLane>("lane", crew));
    }
  }

  /** Hands out the lanes of a crew, which have loaded the core. */
  async take(crew: Crew): Promise<LaneWorker[]> {
    this.fill(crew);
    const lanes = this.#of(crew).splice(0, crew.lanes);
    try {
      await Promise.all(lanes.map((lane) => lane.ready));
      return lanes;
    } catch (error) {
      this.end(lanes);
      throw error;
    }
  }

  /** Takes lanes back after a run that went well. */
  giveBack(crew: Crew, lanes: LaneWorker[]): void {
    for (const lane of lanes) {
      lane.onDeath = () => {};
    }
    this.#of(crew).push(...lanes);
  }

  /** Takes lanes back that loaded for a run that is over, unless others stand in their place. */
  giveBackLate(crew: Crew, lanes: LaneWorker[]): void {
    if (this.#of(crew).length < crew.lanes) {
      this.giveBack(crew, lanes);
    } else {
      this.end(lanes);
    }
  }

  /** Ends lanes in the middle of their work; what they hold is freed with them. */
  end(lanes: LaneWorker[]): void {
    for (const lane of lanes) {
      lane.terminate();
    }
  }

  /** The living lanes that are like those of the crew. */
  #of({ engine, threads }: Crew): LaneWorker[] {
    const kind = `${engine} ${threads}`;
    const idle = (this.#idle.get(kind) ?? []).filter((lane) => !lane.dead);
    this.#idle.set(kind, idle);
    return idle;
  }
}
