/*
 * Follows the work that a life begins beside its acts, until it has ended.
 * Without it a call that never settles would go unnoticed.
 */
import type { Hub } from "@process-hub/cluster";
import type { Simulation } from "../simulation.js";

/** Work that goes on beside a story and must end before the story does, except work of a hub that died. */
export class Followed {
  readonly #sim: Simulation;
  readonly #open = new Map<number, { readonly what: string; readonly by: Hub | undefined }>();
  #begun = 0;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** Follows one piece of work of a hub, or of none. A failure counts as an end like any other. */
  add(by: Hub | undefined, what: string, work: Promise<unknown>): void {
    const key = ++this.#begun;
    this.#open.set(key, { by, what: `${what}, begun at ${(this.#sim.nowMs - 1_000_000).toFixed(2)} ms` });
    work.catch(() => {}).finally(() => this.#open.delete(key));
  }

  /** Resolves when all work has ended. Rejects with the names of the work that has not. */
  async ended(): Promise<void> {
    await this.#sim
      .until("all that was begun ends", () => this.#open.size === 0 || this.#left().length === 0)
      .catch((error: unknown) => {
        throw new Error(`seed ${this.#sim.seed}: never ended: ${this.#left().join("; ")}`, { cause: error });
      });
  }

  #left(): string[] {
    const living = new Set(this.#sim.nodes.filter(({ state }) => state === "up").map(({ hub }) => hub));
    return [...this.#open.values()].filter(({ by }) => by === undefined || living.has(by)).map(({ what }) => what);
  }
}
