import { type ActorId, type Clock, nodeOf } from "@process-hub/protocol";
import type { Registry } from "./registry.js";

/**
 * Takes back what this node says of actors that went elsewhere, a while after another node has spoken for them:
 * by then the others have heard it too, and none of them has a moment in which nobody speaks for an actor that runs.
 */
export class SettledMoves {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #afterMs: number;
  #settled: ActorId[] = [];

  constructor(registry: Registry, clock: Clock, afterMs: number) {
    this.#registry = registry;
    this.#clock = clock;
    this.#afterMs = afterMs;
  }

  /** Something was said of an actor. */
  look(id: ActorId): void {
    const own = this.#registry.own(id);
    if (own === undefined || own.state === "running") return;
    const spoken = this.#registry
      .others(id)
      .some(({ author, record }) => record.epoch > own.epoch || (record.epoch === own.epoch && author === nodeOf(record.place)));
    if (spoken) this.settle([id]);
  }

  /** Other nodes speak for actors. */
  settle(ids: readonly ActorId[]): void {
    if (ids.length === 0) return;
    if (this.#settled.length === 0) this.#clock.setTimeout(() => this.#takeBack(), this.#afterMs);
    for (const id of ids) this.#settled.push(id);
  }

  #takeBack(): void {
    const settled = new Set(this.#settled);
    this.#settled = [];
    const changes = [...settled].flatMap((id) => {
      const own = this.#registry.own(id);
      return own === undefined || own.state === "running" ? [] : [{ op: "drop" as const, id, epoch: own.epoch, ended: false }];
    });
    this.#registry.publish(changes);
  }
}
