/*
 * Remembers for an hour which actors have ended, and when.
 * Without it a node that was away could bring back an actor that others have stopped meanwhile.
 */
import { type ActorId, BoundedMap, type RegistryRecord, type Tombstone } from "@process-hub/protocol";

const limit = 10_000;
const keepMs = 3_600_000;

/**
 * The actors that have ended, each for an hour, at most the latest 10,000. A duplicate that a node kept or made while it was away must end
 * too. An actor that was born after the end is another actor of the same id.
 */
export class Tombstones {
  /** Oldest first. */
  readonly #byId = new BoundedMap<ActorId, { readonly atMs: number; readonly life: string }>(limit);

  /** Adds an end; `life`: the life of the node that recorded it. */
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

  /** True when the end was recorded by one of these lives. */
  isBy(id: ActorId, some: (life: string) => boolean): boolean {
    const life = this.#byId.get(id)?.life;
    return life !== undefined && some(life);
  }

  covers({ spec, bornAtMs }: RegistryRecord): boolean {
    const known = this.#byId.get(spec.id);
    return known !== undefined && bornAtMs <= known.atMs;
  }

  /** The instant of birth of an actor that starts now: after the end of the actor before it, however the clock of the node that ended it was set. */
  birth(id: ActorId, nowMs: number): number {
    const known = this.#byId.get(id);
    return known === undefined ? nowMs : Math.max(nowMs, known.atMs + 1);
  }

  /** The actors that ended since an instant, as recorded by some lives. */
  since(fromMs: number, by: (life: string) => boolean): Tombstone[] {
    const found: Tombstone[] = [];
    for (const [id, { atMs, life }] of this.#byId) if (atMs >= fromMs && by(life)) found.push({ id, atMs });
    return found;
  }
}
