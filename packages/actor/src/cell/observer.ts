import type { Epoch, PlaceId } from "@process-hub/protocol";
import type { Envelope } from "./envelope.js";

/** Sees what happens to messages, for a history that checkers read. There is none in production. */
export interface Observer {
  /** A sender made a message; it is not on its way yet. */
  made(envelope: Envelope): void;
  /** A handler of the actor begins, at a place, under an epoch. */
  handling(envelope: Envelope, place: PlaceId, epoch: Epoch): void;
}
