import type { ActorId, Epoch, RegistryRecord } from "@process-hub/protocol";
import type { Records } from "./records.js";

/**
 * Duplicates that this node gave up, until their actors are above them: senders know their way by the epochs of these, so another life
 * that goes on under a lower one must rise.
 */
export class YieldedDuplicates {
  readonly #byId = new Map<ActorId, RegistryRecord>();
  readonly #records: Records;
  readonly #raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void;

  /** `raiseEpochAbove`: an actor is hosted under an epoch that a duplicate which this node gave up has had. */
  constructor(records: Records, raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void) {
    this.#records = records;
    this.#raiseEpochAbove = raiseEpochAbove;
  }

  /** This node says no longer what it said of a duplicate. */
  add(duplicate: RegistryRecord): void {
    const { id } = duplicate.spec;
    const rivals = this.#records.of(id).filter(({ record }) => isAnother(record, duplicate));
    if (rivals.length > 0) this.#byId.set(id, duplicate);
    for (const { record } of rivals) this.compare(record);
  }

  /** A node says something new of an actor. */
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

/** Another life, not the same one further on: it was born at another instant, or has at another place an epoch that one life has once. */
function isAnother(record: RegistryRecord, duplicate: RegistryRecord): boolean {
  return record.bornAtMs !== duplicate.bornAtMs || (record.epoch === duplicate.epoch && record.place !== duplicate.place);
}
