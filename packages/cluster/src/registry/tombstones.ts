import { type ActorId, BoundedMap, type RegistryRecord, type Tombstone } from "@process-hub/protocol";

const limit = 10_000;
const keepMs = 3_600_000;

/**
 * What has ended, for an hour, and the latest 10,000 of it: a duplicate that a node kept, or made, while it was away must not live on.
 * One that was born after the end is another actor of the same id.
 */
export class Tombstones {
  /** Oldest first. */
  readonly #byId = new BoundedMap<ActorId, { readonly atMs: number; readonly life: string }>(limit);

  /** `life`: the node, in its life, that says so. */
  add({ id, atMs }: Tombstone, life: string): void {
    const known = this.#byId.get(id);
    if (known !== undefined && known.atMs >= atMs) return;
    this.#byId.set(id, { atMs, life });
    for (let { oldest } = this.#byId; oldest !== undefined && oldest[1].atMs <= atMs - keepMs; { oldest } = this.#byId)
      this.#byId.delete(oldest[0]);
  }

  /** When the actor of an id ended; undefined when nothing is known of it. */
  endOf(id: ActorId): number | undefined {
    return this.#byId.get(id)?.atMs;
  }

  /** True when one of these nodes said that it ended. */
  isBy(id: ActorId, some: (life: string) => boolean): boolean {
    const life = this.#byId.get(id)?.life;
    return life !== undefined && some(life);
  }

  covers({ spec, bornAtMs }: RegistryRecord): boolean {
    const known = this.#byId.get(spec.id);
    return known !== undefined && bornAtMs <= known.atMs;
  }

  /** The birth of an actor that starts now: after the end of the one before, whatever the clock of the node that ended it. */
  birth(id: ActorId, nowMs: number): number {
    const known = this.#byId.get(id);
    return known === undefined ? nowMs : Math.max(nowMs, known.atMs + 1);
  }

  /** What ended since an instant, by what some nodes said. */
  since(fromMs: number, by: (life: string) => boolean): Tombstone[] {
    const found: Tombstone[] = [];
    for (const [id, { atMs, life }] of this.#byId) if (atMs >= fromMs && by(life)) found.push({ id, atMs });
    return found;
  }
}
