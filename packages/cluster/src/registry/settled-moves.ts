/*
 * Takes back this node's records of actors that moved away, a while after their new host has recorded them.
 * Without it such records would stay for good; taken back at once, some nodes would see an actor that runs without any record.
 */
import { type ActorId, type Clock, nodeOf, type RegistryRecord } from "@process-hub/protocol";
import type { Registry } from "./registry.js";

/**
 * Takes back this node's record of an actor that moved away, a while after another node has recorded the actor: by then the other members
 * have that record too, and none of them has a moment without any.
 */
export class SettledMoves {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #keeps: (id: ActorId) => boolean;
  #settled: ActorId[] = [];

  /** `keeps`: true for an actor that is paused in its thread. */
  constructor(registry: Registry, clock: Clock, afterMs: number, keeps: (id: ActorId) => boolean) {
    this.#registry = registry;
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#keeps = keeps;
  }

  /** A record of an actor changed. */
  look(id: ActorId): void {
    const own = this.#registry.own(id);
    if (own === undefined || own.state === "running") return;
    if (this.#isSpokenFor(own)) this.settle([id]);
  }

  /** Other nodes have recorded these actors. */
  settle(ids: readonly ActorId[]): void {
    if (ids.length === 0) return;
    if (this.#settled.length === 0) this.#clock.setTimeout(() => this.#takeBack(), this.#afterMs);
    for (const id of ids) this.#settled.push(id);
  }

  /** True when another node has a record of the actor that counts before this node's. */
  #isSpokenFor({ spec: { id }, epoch }: RegistryRecord): boolean {
    return this.#registry
      .others(id)
      .some(({ author, record }) => record.epoch > epoch || (record.epoch === epoch && author === nodeOf(record.place)));
  }

  /** The node that spoke for an actor may be gone by now: then this node's record is the last, and stays. */
  #takeBack(): void {
    const settled = new Set(this.#settled);
    this.#settled = [];
    const changes = [...settled].flatMap((id) => {
      const own = this.#registry.own(id);
      // One that this node has paused, or tries to start again, is this node's to speak for.
      const speaks = own === undefined || own.state === "running" || own.waiting !== undefined || this.#keeps(id);
      if (speaks || !(this.#isSpokenFor(own) || this.#registry.isOver(own))) return [];
      return [{ op: "drop" as const, id, epoch: own.epoch, ended: false }];
    });
    this.#registry.publish(changes);
  }
}
