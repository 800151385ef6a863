import type { ActorId, Epoch, Life, PlaceId } from "@process-hub/protocol";
import type { Envelope } from "./envelope.js";

/** An actor's mail that waits, as an observer reads it. */
export interface Waiting {
  readonly id: ActorId;
  /** How many messages wait, those kept aside included. */
  readonly waiting: number;
  /** Those that can be handled, in order. */
  readonly mailbox: Iterable<Envelope>;
}

/**
 * Sees what happens to messages, for a history that checkers read. There is none in production.
 * Without it a test could not tell a message that was lost from one that was never sent.
 */
export interface Observer {
  /** A cell of this life was made: where it began, or where it came to by a move. */
  born?(life: Life): void;
  /** The cell of an actor's life has ended at a place, and has not left it; `reason`: as its host hears it. */
  ended?(id: ActorId, life: Life, place: PlaceId, reason: string): void;
  /**
   * Mail came to an actor at a place: what waits there now, and how many messages may, beside those of the actor's own timers. `timer`: what
   * came is the message of one.
   */
  waits?(actor: Waiting, place: PlaceId, limit: number, timer?: Envelope): void;
  /** A sender made a message; it is not on its way yet. */
  made(envelope: Envelope): void;
  /** A handler of the actor begins, at a place, under an epoch; `concurrent`: it does not wait for those before it. */
  handling(envelope: Envelope, place: PlaceId, epoch: Epoch, concurrent?: boolean): void;
}
