/*
 * The life of a replica that stands beside its actor: none of the actor's own, so no node takes the two for duplicates.
 * Without it a replica would need a life that the registry knows before it becomes the actor.
 */
import type { Clock, Epoch, Life, PlaceId } from "@process-hub/protocol";

/** The life of a replica at a place, until it becomes the actor itself. */
export function replicaLife(place: PlaceId, epoch: Epoch, clock: Pick<Clock, "wallMs">): Life {
  return { name: `${place}~${epoch}`, restarts: 0, bornAtMs: clock.wallMs() };
}
