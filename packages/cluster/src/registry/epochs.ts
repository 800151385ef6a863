/*
 * Every rule about epoch numbers: how far above the known epochs a fresh start, a restart or a survivor goes.
 * Without it one epoch could come twice for an id, and a message, a reply or a record of an earlier life would count for a later one.
 */
import { type Clock, type Epoch, inSlices, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import type { Registry } from "./registry.js";

/** A distance above every epoch that a handoff may have used at a place that died. */
export const epochStride = 1_000;

/** How often a node tries to start an actor again. */
export const maxTries = 5;

/** A distance above every epoch that another node may have used in its tries to start an actor again. */
export const triesStride = epochStride * (maxTries + 1);

/** Epochs of one term of a lease are below those of the next. */
export const termStride = 1_000_000_000;

/** How often an actor is told its new epoch. */
const maxTells = 5;

/** Where fresh epochs come from, and who gets them. */
export interface FreshEpochsPorts {
  readonly registry: Pick<Registry, "freshEpoch">;
  /** True for a thread of this node that lives. */
  readonly lives: (place: PlaceId) => boolean;
  readonly clock: Pick<Clock, "defer">;
  /** Tells actors of this node to go on under an epoch. */
  readonly renumber: (records: readonly RegistryRecord[], epoch: Epoch) => void;
}

/**
 * Gives the actors of a node that did not serve for a while epochs above all that other nodes may have used meanwhile. Another node may
 * have started an actor, lost it again and forgotten its epoch before this node could hear of it.
 */
export class FreshEpochs {
  readonly #ports: FreshEpochsPorts;
  #tells = 0;
  /** The epoch that actors are being told, some in each turn. */
  #telling: Epoch | undefined;
  #epoch: Epoch | undefined;

  constructor(ports: FreshEpochsPorts) {
    this.#ports = ports;
  }

  /** The given actors of this node that have no fresh epoch yet. Each is told its new epoch; a later call may find none. */
  lacking(records: readonly RegistryRecord[]): RegistryRecord[] {
    const { registry, lives } = this.#ports;
    const epoch = (this.#epoch ??= registry.freshEpoch + epochStride);
    const low = records.filter((record) => record.epoch < epoch && lives(record.place));
    if (low.length > 0 && this.#telling !== epoch && ++this.#tells <= maxTells) void this.#tell(low, epoch);
    return low;
  }

  async #tell(records: readonly RegistryRecord[], epoch: Epoch): Promise<void> {
    const { clock, renumber } = this.#ports;
    const told = inSlices(clock, records, (some) => {
      // Members may have changed since: then another epoch is told.
      if (this.#epoch === epoch) renumber(some, epoch);
    });
    if (told === undefined) return;
    this.#telling = epoch;
    await told;
    if (this.#telling === epoch) this.#telling = undefined;
  }

  /** True when the lacking actors were told as often as allowed: their thread does not answer. */
  get inVain(): boolean {
    return this.#tells > maxTells;
  }

  /** A member joined or left: other nodes may have used epochs above the one given before. */
  renew(): void {
    this.#tells = 0;
    this.#epoch = undefined;
  }
}
