/*
 * Remembers the epochs of duplicates that this node yielded, until the surviving actor is above them.
 * Without it senders that know the higher epoch of a yielded duplicate would refuse the way to the survivor.
 */
import type { ActorId, Epoch, RegistryRecord } from "@process-hub/protocol";
import type { Records } from "./records.js";

/**
 * Duplicates that this node yielded, until their actors have higher epochs. Senders know their route by the duplicate's epoch, so another
 * life that goes on under a lower one must get a higher epoch.
 */
export class YieldedDuplicates {
  readonly #byId = new Map<ActorId, RegistryRecord>();
  readonly #records: Records;
  readonly #raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void;

  /** `raiseEpochAbove`: called when an actor runs under an epoch that a duplicate yielded here has had. */
  constructor(records: Records, raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void) {
    this.#records = records;
    this.#raiseEpochAbove = raiseEpochAbove;
  }

  /** This node has taken back or replaced its record of a duplicate. */
  add(duplicate: RegistryRecord): void {
    const { id } = duplicate.spec;
    const rivals = this.#records.of(id).filter(({ record }) => isAnother(record, duplicate));
    if (rivals.length > 0) this.#byId.set(id, duplicate);
    for (const { record } of rivals) this.compare(record);
  }

  /** True when this node yielded a duplicate, and its actor has no higher epoch yet. */
  has(id: ActorId): boolean {
    return this.#byId.has(id);
  }

  /** A node has a new record of an actor. */
  compare(record: RegistryRecord): void {
    const { id } = record.spec;
    const duplicate = this.#byId.get(id);
    if (duplicate === undefined || !isAnother(record, duplicate)) return;
    if (record.epoch > duplicate.epoch) this.#byId.delete(id);
    else this.#raiseEpochAbove(record, duplicate.epoch);
  }

  /** The actor has ended. */
  ended(id: ActorId): void {
    this.#byId.delete(id);
  }
}

/** True for another life of the id: it has another name, or it has the same epoch at another place, which one life never has. */
function isAnother(record: RegistryRecord, duplicate: RegistryRecord): boolean {
  return record.life.name !== duplicate.life.name || (record.epoch === duplicate.epoch && record.place !== duplicate.place);
}
