/*
 * The ordered reactions to a changed record: events, lookups, replicas, moves that ended, duplicates.
 * Without it a lookup could be answered before its actor's duplicate or lost arrival is noticed.
 */

import { isDeepStrictEqual } from "node:util";
import { type ActorId, nodeLifeOf, type RegistryRecord } from "@process-hub/protocol";
import type { RegistryEntry } from "../registry/registry-entry.js";
import type { Parts } from "./parts.js";

/** Reacts to changes of an actor's records. */
export class RecordChanges {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  changed(id: ActorId, before: RegistryEntry | undefined, after: RegistryEntry | undefined): void {
    const { hooks, lookups, replicas, registry, local, duplicates, settledMoves, restarts, awaitedStarts, watched, hearing } =
      this.#parts;
    // One that waits for its next start runs nowhere.
    const ran = before !== undefined && before.waiting === undefined;
    const runs = after !== undefined && after.waiting === undefined;
    if (!ran && runs) hooks.emit("childRegistered", after);
    if (ran && !runs) hooks.emit("childUnregistered", { id });
    if (before !== undefined && after !== undefined) this.#updated(before, after);
    restarts.look(id);
    awaitedStarts.look(id);
    lookups.changed(id);
    replicas.recordChanged(id);
    watched.changed(id);
    hearing.changed(id);
    const record = registry.current(id);
    if (record?.state === "moved" && nodeLifeOf(record.place) === nodeLifeOf(local.main)) this.#movedHere(record);
    const own = registry.own(id);
    if (own === undefined) return;
    if (registry.isOver(own)) duplicates.ended(id);
    const others = registry.others(id);
    if (others.length === 0) return;
    settledMoves.look(id);
    if (own.state === "running" && others.some(({ record }) => record.state === "running")) duplicates.found(id);
  }

  #updated(before: RegistryEntry, after: RegistryEntry): void {
    const { hooks } = this.#parts;
    if (!hooks.watched("childUpdated")) return;
    const [was, is] = [before, after].map(({ tag, metadata }) => ({ tag, metadata }));
    if (was !== undefined && !isDeepStrictEqual(was, is)) hooks.emit("childUpdated", { ...after, before: was });
  }

  /**
   * Actors began here, and are recorded. A later life of one may have begun and ended elsewhere meanwhile, when its start took long and this node was
   * paused: it goes on above that one's epoch.
   */
  begun(records: readonly RegistryRecord[]): void {
    const { registry, recovery } = this.#parts;
    this.placesChecked(records);
    for (const record of records)
      if (registry.endedAbove(record.spec.id, record.epoch)) recovery.raiseEpochAbove(record, registry.freshEpoch);
  }

  /** Records were published whose thread may have died meanwhile: restarts the actors of such threads at once. */
  placesChecked(records: readonly RegistryRecord[]): void {
    const { group, recovery } = this.#parts;
    const places = new Set(records.map(({ place }) => place));
    for (const place of places) if (!group.has(place)) recovery.threadLost(place);
  }

  /**
   * A record says that an actor moved to this node. If its thread is dead, the actor starts again here; but another life may run elsewhere,
   * and its host must hear of the move first, so then the restart waits a moment.
   */
  #movedHere(record: RegistryRecord): void {
    const { id } = record.spec;
    const { threadMessages, recovery, registry, clock, settings } = this.#parts;
    const lost = threadMessages.lost.take(record);
    if (lost !== undefined) {
      recovery.arrivalLost(record, lost);
      return;
    }
    if (!registry.others(id).some((other) => other.record.state === "running")) this.placesChecked([record]);
    else {
      clock.setTimeout(() => {
        if (registry.current(id) === record) this.placesChecked([record]);
      }, settings.timings.markerRetryMs);
    }
  }
}
