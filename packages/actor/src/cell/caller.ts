import type { Envelope } from "./envelope.js";

/** A message in hand, as what comes of it goes by it. */
export type InHand = Pick<Envelope, "name" | "header" | "sender" | "ask" | "expiresAtMs">;

/**
 * Who makes a message: a handler at work, as the mail of its thread sees it.
 * Without it a message would begin anew what the one in hand carries on: its trace, its context, its deadline.
 */
export interface Caller {
  /** The message in hand; absent between two handlers, and in `init`. */
  readonly inHand: InHand | undefined;
  /** It has made this ask, and may wait for the reply. */
  noteAsk(ask: number): void;
}
