/*
 * Takes back this node's records of actors that moved away, a while after their new host has recorded them.
 * Without it such records would stay for good; taken back at once, some nodes would see an actor that runs without any record.
 */
import { type ActorId, type Clock, inSlices, nodeOf, type RegistryRecord } from "@process-hub/protocol";
import type { Registry } from "./registry.js";

/** The records, the times, and who is told. */
export interface SettledMovesPorts {
  readonly registry: Pick<Registry, "own" | "ownAway" | "others" | "isOver" | "publish"> & {
    readonly orphans: Pick<Registry["orphans"], "get" | "has">;
  };
  readonly clock: Clock;
  /** How long after another node's record this node's own is taken back. */
  readonly afterMs: number;
  /** How long an actor may be without a node that speaks for it: longer than any step of a move, or of a start elsewhere. */
  readonly patienceMs: number;
  /** True for an actor that is paused in its thread. */
  readonly keeps: (id: ActorId) => boolean;
  /** Nobody speaks for these any more but this node, where they do not run. */
  readonly unclaimed: (records: readonly RegistryRecord[]) => void;
}

/**
 * Takes back this node's record of an actor that moved away, a while after another node has recorded the actor: by then most members have
 * that record too, and one that has not keeps this node's until it comes (`TakenBack`). Where no other node speaks for the actor by then, this
 * node's record is the only one, and stays until one does: that of a duplicate, which has yielded meanwhile, for example.
 */
export class SettledMoves {
  readonly #ports: SettledMovesPorts;
  /** Since when each is settled. */
  readonly #settled = new Map<ActorId, number>();
  /** True while a look at all of these is due, or under way. */
  #isDue = false;

  constructor(ports: SettledMovesPorts) {
    this.#ports = ports;
  }

  /** A record of an actor changed. */
  look(id: ActorId): void {
    const own = this.#ports.registry.own(id);
    if (own !== undefined && own.state !== "running" && this.#isSpokenFor(own)) this.settle([id]);
  }

  /** Places are gone: what this node moved there, and nobody else has recorded, is an orphan, and no record is left that could change. */
  lookAtOrphans(): void {
    const { registry, clock } = this.#ports;
    // What is taken back waits a while in any case.
    void inSlices(clock, registry.ownAway, (some) => {
      for (const id of some) if (registry.orphans.has(id)) this.look(id);
    });
  }

  /** Other nodes have recorded these actors. */
  settle(ids: readonly ActorId[]): void {
    const { clock } = this.#ports;
    if (ids.length === 0) return;
    this.#takeBackLater();
    for (const id of ids) if (!this.#settled.has(id)) this.#settled.set(id, clock.now());
  }

  #takeBackLater(): void {
    const { clock, afterMs } = this.#ports;
    if (this.#isDue) return;
    this.#isDue = true;
    clock.setTimeout(() => this.#takeBack(), afterMs);
  }

  /** Looks at all, a slice in each turn. */
  #takeBack(): void {
    const { clock } = this.#ports;
    const nowMs = clock.now();
    const looked = (): void => {
      this.#isDue = false;
      if (this.#settled.size > 0) this.#takeBackLater();
    };
    const sliced = inSlices(clock, [...this.#settled], (some) => this.#takeBackSome(some, nowMs));
    if (sliced === undefined) looked();
    else void sliced.then(looked);
  }

  #takeBackSome(some: readonly (readonly [ActorId, number])[], nowMs: number): void {
    const { registry, patienceMs, keeps, unclaimed } = this.#ports;
    const drops: RegistryRecord[] = [];
    const left: RegistryRecord[] = [];
    for (const [id, sinceMs] of some) {
      const own = registry.own(id);
      // One that this node has paused, or tries to start again, is this node's to speak for.
      const speaks = own === undefined || own.state === "running" || own.waiting !== undefined || keeps(id);
      const isSpokenFor = !speaks && (this.#isSpokenFor(own) || registry.isOver(own) || this.#runsElsewhere(id));
      if (speaks || isSpokenFor) this.#settled.delete(id);
      else if (nowMs - sinceMs >= patienceMs) {
        this.#settled.set(id, nowMs);
        left.push(own);
      }
      if (isSpokenFor) drops.push(own);
    }
    registry.publish(drops.map(({ spec, epoch }) => ({ op: "drop", id: spec.id, epoch, ended: false })));
    if (left.length > 0) unclaimed(left);
  }

  /** True when another node's record counts before this node's, or that node is gone, and the actor is an orphan. */
  #isSpokenFor({ spec: { id }, epoch, place, state }: RegistryRecord): boolean {
    const { registry } = this.#ports;
    const orphan = registry.orphans.get(id);
    const isGone = state === "moved" && orphan?.place === place;
    if (orphan !== undefined && (orphan.epoch > epoch || (isGone && orphan.epoch === epoch))) return true;
    return registry
      .others(id)
      .some(({ author, record }) => record.epoch > epoch || (record.epoch === epoch && author === nodeOf(place)));
  }

  #runsElsewhere(id: ActorId): boolean {
    return this.#ports.registry.others(id).some(({ record }) => record.state === "running");
  }
}
