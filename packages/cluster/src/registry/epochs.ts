/*
 * Every rule about epoch numbers: how far above what is known a fresh start, a restart or a survivor goes.
 * An epoch that came twice for one id would let a message, a reply or a record of an earlier life count for a later one.
 */
import type { Epoch, PlaceId, RegistryRecord } from "@process-hub/protocol";
import type { Registry } from "./registry.js";

/** Above any epoch that a handoff in progress may have used at a place that died. */
export const epochStride = 1_000;

/** How often a node tries to start an actor again. */
export const maxTries = 5;

/** Above any epoch that another node may have used up in its tries to start an actor again. */
export const triesStride = epochStride * (maxTries + 1);

/** Epochs of one term of a lease are below those of the next. */
export const termStride = 1_000_000_000;

/** How often an actor is told its new epoch. */
const maxTells = 5;

/** What fresh epochs are taken from, and given to. */
export interface FreshEpochsPorts {
  readonly registry: Pick<Registry, "freshEpoch">;
  /** True for a thread of this node that lives. */
  readonly lives: (place: PlaceId) => boolean;
  /** Tells an actor of this node to go on under an epoch. */
  readonly renumber: (record: RegistryRecord, epoch: Epoch) => void;
}

/**
 * Gives actors of a node that did not serve for a while epochs above all that others may have used, and forgotten, meanwhile: a life that was
 * started elsewhere may have died again before this node could hear of it.
 */
export class FreshEpochs {
  readonly #ports: FreshEpochsPorts;
  #tells = 0;
  #epoch: Epoch | undefined;

  constructor(ports: FreshEpochsPorts) {
    this.#ports = ports;
  }

  /** Those of some actors of this node that do not have it yet. They are told; a later look may find none. */
  lacking(records: readonly RegistryRecord[]): RegistryRecord[] {
    const { registry, lives, renumber } = this.#ports;
    const epoch = (this.#epoch ??= registry.freshEpoch + epochStride);
    const low = records.filter((record) => record.epoch < epoch && lives(record.place));
    if (low.length > 0 && ++this.#tells <= maxTells) for (const record of low) renumber(record, epoch);
    return low;
  }

  /** True when those that lack it were told often enough: their thread does not answer. */
  get inVain(): boolean {
    return this.#tells > maxTells;
  }

  /** Somebody came or went: what others used since is above what was given before. */
  renew(): void {
    this.#tells = 0;
    this.#epoch = undefined;
  }
}
