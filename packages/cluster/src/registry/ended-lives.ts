/*
 * Keeps the last records of actors that ended with their threads, for as long as a link may take to deliver.
 * Without it a late record of such an actor, under an earlier epoch, would be taken for a duplicate of it.
 */
import type { ActorId, Clock, Epoch, Life, RegistryRecord } from "@process-hub/protocol";

/**
 * The last epoch of each life that ended with its thread. A record of an earlier epoch of the same life is old, and no duplicate.
 */
export class EndedLives {
  readonly #clock: Clock;
  readonly #forMs: number;
  readonly #last = new Map<ActorId, RegistryRecord>();

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  /** These were the last records of lives that have ended. */
  note(records: readonly RegistryRecord[]): void {
    for (const record of records) this.#last.set(record.spec.id, record);
    if (records.length === 0) return;
    this.#clock.setTimeout(() => {
      for (const record of records) if (this.#last.get(record.spec.id) === record) this.#last.delete(record.spec.id);
    }, this.#forMs);
  }

  /** True when this life is known to have reached a later epoch and to have ended. */
  isPast(id: ActorId, life: Life, epoch: Epoch): boolean {
    const last = this.#last.get(id);
    return last !== undefined && last.life.name === life.name && epoch < last.epoch;
  }
}
