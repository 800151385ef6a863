/*
 * The replicas that this node keeps, or has ordered, beside actors that run elsewhere: where each stands and what it follows.
 * Starts and lookups read it; `lifecycle/replicas` alone writes it. Without it an actor could begin anew beside its own state.
 */
import type { ActorId, Epoch, Mode, PlaceId } from "@process-hub/protocol";
import type { ThreadGroup } from "../threads/thread-group.js";

/** A replica that this node keeps, or has ordered. */
export interface Standing {
  readonly place: PlaceId;
  /** Where the actor runs that it follows. */
  readonly active: PlaceId;
  readonly mode: Mode;
  /** The epoch of an active replica itself; of a passive one, that of its actor when it was ordered. */
  readonly epoch: Epoch;
  /** True once the replica has started. */
  stands: boolean;
  /** It is what an actor left here that went, and has not begun: it was not ordered. */
  readonly left?: true;
  /** A passive one is to end when its actor lets it go, as others have what it has. */
  retirement?: "asked" | "granted" | undefined;
}

/** The replicas of this node by the id of their actor. */
export class StandingReplicas {
  readonly #group: Pick<ThreadGroup, "has">;
  readonly #byId = new Map<ActorId, Standing>();

  constructor(group: Pick<ThreadGroup, "has">) {
    this.#group = group;
  }

  /** True when there is one. */
  get any(): boolean {
    return this.#byId.size > 0;
  }

  get(id: ActorId): Standing | undefined {
    return this.#byId.get(id);
  }

  ids(): IterableIterator<ActorId> {
    return this.#byId.keys();
  }

  /** The ids of those at a thread. */
  at(place: PlaceId): ActorId[] {
    return [...this.#byId].flatMap(([id, standing]) => (standing.place === place ? [id] : []));
  }

  set(id: ActorId, standing: Standing): void {
    this.#byId.set(id, standing);
  }

  delete(id: ActorId): void {
    this.#byId.delete(id);
  }

  /** The thread of this node that keeps a replica of the actor: where it is to go on. */
  placeOf(id: ActorId): PlaceId | undefined {
    const place = this.#byId.get(id)?.place;
    return place !== undefined && this.#group.has(place) ? place : undefined;
  }

  /** The active replica that serves this node's senders, where there is one. */
  near(id: ActorId): { readonly place: PlaceId; readonly epoch: Epoch } | undefined {
    if (this.#byId.size === 0) return undefined;
    const standing = this.#byId.get(id);
    return standing?.mode === "active" && standing.stands && this.#group.has(standing.place) ? standing : undefined;
  }
}
