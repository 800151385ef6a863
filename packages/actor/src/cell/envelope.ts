import type { ActorId, Epoch, Header, Payload, PlaceId } from "@process-hub/protocol";

/**
 * A message on its way, or in a mailbox. The payload stays closed until the handler's turn.
 * Without it each part that passes a message on would have to know how the frame of it is laid out.
 */
export interface Envelope {
  readonly kind: "envelope";
  readonly to: ActorId;
  /** The epoch of the route it was sent by; forwarding raises it hop by hop. */
  epoch: Epoch;
  /** The epoch under which it reached its actor. Unlike `epoch`, a later epoch of that actor does not raise it. */
  sentEpoch: Epoch;
  readonly name: string;
  /** The kind of actor it is meant for; null: any. */
  readonly actor?: string | null;
  readonly payload: Payload;
  /** What it carries beside its input; absent: nothing. */
  readonly header?: Header | undefined;
  /** The place that sent it and waits for the reply, a bounce or news of a move. */
  readonly origin: PlaceId;
  readonly sender: ActorId | null;
  /** The number of the ask at its origin; 0 for a tell. */
  readonly ask: number;
  /** By this place's clock; 0 when it does not expire. The message of a timer that was cancelled has expired. */
  expiresAtMs: number;
  /** The neighbouring place that is owed credit for it; null when none is. */
  via: PlaceId | null;
  /** Its answer does not come with the end of its handler. */
  later?: boolean;
}

/** "Has all before me arrived?": travels as a message does, and is answered where it meets the running actor. */
export interface Marker {
  readonly kind: "marker";
  readonly to: ActorId;
  epoch: Epoch;
  readonly markerId: number;
  readonly origin: PlaceId;
}

/** From now on its time is over: whoever has it drops it like an ask that has expired. */
export function expire(envelope: Envelope): void {
  envelope.expiresAtMs = Number.MIN_VALUE;
}

/** True for one that was taken back, or whose timer was cancelled. */
export function wasTakenBack(envelope: Envelope): boolean {
  return envelope.expiresAtMs === Number.MIN_VALUE;
}

/** Mail to an actor: a message or a marker. */
export type Mail = Envelope | Marker;
