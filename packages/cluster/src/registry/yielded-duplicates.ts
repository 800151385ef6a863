import type { ActorId, Epoch, RegistryRecord } from "@process-hub/protocol";
import type { Records } from "./records.js";

/**
 * Copies that this node gave up, until their actors are above them: senders know their way by the epochs of these, so another copy
 * that goes on under a lower one must rise.
 */
export class YieldedDuplicates {
  readonly #byId = new Map<ActorId, RegistryRecord>();
  readonly #records: Records;
  readonly #raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void;

  /** `raiseEpochAbove`: an actor is hosted under an epoch that a copy which this node gave up has had. */
  constructor(records: Records, raiseEpochAbove: (record: RegistryRecord, by: Epoch) => void) {
    this.#records = records;
    this.#raiseEpochAbove = raiseEpochAbove;
  }

  /** This node says no longer what it said of a copy. */
  add(copy: RegistryRecord): void {
    const { id } = copy.spec;
    const rivals = this.#records.of(id).filter(({ record }) => isAnother(record, copy));
    if (rivals.length > 0) this.#byId.set(id, copy);
    for (const { record } of rivals) this.compare(record);
  }

  /** A node says something new of an actor. */
  compare(record: RegistryRecord): void {
    const { id } = record.spec;
    const copy = this.#byId.get(id);
    if (copy === undefined || !isAnother(record, copy)) return;
    if (record.epoch > copy.epoch) this.#byId.delete(id);
    else this.#raiseEpochAbove(record, copy.epoch);
  }

  /** The actor has ended. */
  ended(id: ActorId): void {
    this.#byId.delete(id);
  }
}

/** Another copy, not the same one further on: it was born at another instant, or has at another place an epoch that one copy has once. */
function isAnother(record: RegistryRecord, copy: RegistryRecord): boolean {
  return record.bornAtMs !== copy.bornAtMs || (record.epoch === copy.epoch && record.place !== copy.place);
}
