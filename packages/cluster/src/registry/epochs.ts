import type { Epoch, RegistryRecord } from "@process-hub/protocol";
import { epochStride } from "../lifecycle/recovery.js";
import type { Coordinator } from "../node/coordinator.js";

/** How often an actor is told its new epoch. */
const maxTells = 5;

/**
 * Gives actors of a node that did not serve for a while epochs above all that others may have used, and forgotten, meanwhile: a copy that was
 * started elsewhere may have died again before this node could hear of it.
 */
export class FreshEpochs {
  readonly #coordinator: Coordinator;
  #tells = 0;
  #epoch: Epoch | undefined;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Those of some actors of this node that do not have it yet. They are told; a later look may find none. */
  lacking(records: readonly RegistryRecord[]): RegistryRecord[] {
    const { registry, group, mailer } = this.#coordinator;
    const epoch = (this.#epoch ??= registry.freshEpoch + epochStride);
    const low = records.filter((record) => record.epoch < epoch && group.has(record.place));
    if (low.length > 0 && ++this.#tells <= maxTells)
      for (const { spec, place } of low) mailer.send(place, { type: "renumber", actors: [{ id: spec.id, epoch }] });
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
