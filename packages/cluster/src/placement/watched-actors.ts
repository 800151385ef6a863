/*
 * The actors that those of this node watch: found out about once each, and told to the threads of their watchers when they are gone.
 * Without it every watch would be a question to another node, and its loss would look like the actor's end.
 */
import { type ActorId, type Clock, type GoneReason, type PlaceId, type Timer, TurnBatch } from "@process-hub/protocol";
import type { LastKnown, Presence } from "./presence.js";

/** How watched actors are looked for, and whom the answers go to. */
export interface WatchedActorsPorts {
  readonly clock: Clock;
  /** How long an actor that nothing is known of just now waits for another look. */
  readonly retryMs: number;
  readonly isOpen: () => boolean;
  readonly look: (id: ActorId, last: LastKnown) => Promise<Presence>;
  readonly watching: (to: PlaceId, id: ActorId, lineage: string) => void;
  readonly gone: (to: PlaceId, id: ActorId, reason: GoneReason, lineage: string | undefined) => void;
}

interface Watched {
  lineage: string | undefined;
  place: PlaceId | undefined;
  readonly watchers: Set<PlaceId>;
  /** A look is under way: what changes meanwhile is looked at after it. */
  looking: "no" | "once" | "again";
}

/** The watched actors of one node. */
export class WatchedActors {
  readonly #ports: WatchedActorsPorts;
  readonly #watched = new Map<ActorId, Watched>();
  readonly #changed = new TurnBatch<ActorId>((ids) => {
    for (const id of new Set(ids)) void this.#look(id);
  });
  readonly #unknown = new Set<ActorId>();
  #timer: Timer | undefined;

  constructor(ports: WatchedActorsPorts) {
    this.#ports = ports;
  }

  /** How many actors are watched from here. */
  get size(): number {
    return this.#watched.size;
  }

  /** Actors of a thread watch one; `lineage`: the one they mean, from where they were before. */
  watch(from: PlaceId, id: ActorId, lineage?: string): void {
    const known = this.#watched.get(id);
    if (known !== undefined && (lineage === undefined || known.lineage === undefined || lineage === known.lineage)) {
      known.watchers.add(from);
      known.lineage ??= lineage;
      if (known.lineage !== undefined && lineage === undefined) this.#ports.watching(from, id, known.lineage);
      this.#changed.add(id);
      return;
    }
    // Theirs has ended, and those here mean the next of its id.
    if (known !== undefined) void this.#ended(from, id, lineage);
    else {
      this.#watched.set(id, { lineage, place: undefined, watchers: new Set([from]), looking: "no" });
      this.#changed.add(id);
    }
  }

  unwatch(from: PlaceId, id: ActorId): void {
    const known = this.#watched.get(id);
    if (known?.watchers.delete(from) === true && known.watchers.size === 0) this.#watched.delete(id);
  }

  /** Something about an actor has changed. */
  changed(id: ActorId): void {
    if (this.#watched.has(id)) this.#changed.add(id);
  }

  /** A thread has ended. */
  threadGone(place: PlaceId): void {
    for (const id of [...this.#watched.keys()]) this.unwatch(place, id);
  }

  async #ended(to: PlaceId, id: ActorId, lineage: string | undefined): Promise<void> {
    const found = await this.#ports.look(id, { lineage });
    const reason = typeof found === "object" && "gone" in found ? found.gone : "Stop";
    this.#ports.gone(to, id, reason, lineage);
  }

  async #look(id: ActorId): Promise<void> {
    const known = this.#watched.get(id);
    if (known === undefined || !this.#ports.isOpen()) return;
    if (known.looking !== "no") {
      known.looking = "again";
      return;
    }
    known.looking = "once";
    const { lineage, place } = known;
    const found = await this.#ports.look(id, { lineage, place });
    if (this.#watched.get(id) !== known) return;
    const isStale = (known.looking as Watched["looking"]) === "again";
    known.looking = "no";
    if (isStale) this.#changed.add(id);
    else this.#act(id, known, found);
  }

  #act(id: ActorId, known: Watched, found: Presence): void {
    const { watching, gone } = this.#ports;
    if (found === "unknown") this.#lookAgain(id);
    else if ("gone" in found) {
      this.#watched.delete(id);
      for (const to of known.watchers) gone(to, id, found.gone, known.lineage);
    } else {
      if (found.at !== undefined) known.place = found.at.place;
      if (known.lineage !== undefined) return;
      known.lineage = found.lineage;
      for (const to of known.watchers) watching(to, id, found.lineage);
    }
  }

  #lookAgain(id: ActorId): void {
    const { clock, retryMs } = this.#ports;
    this.#unknown.add(id);
    this.#timer ??= clock.setTimeout(() => {
      this.#timer = undefined;
      const ids = [...this.#unknown];
      this.#unknown.clear();
      for (const one of ids) void this.#look(one);
    }, retryMs);
  }
}
