/** Why a handler should come to an end: its ask's time is over, its asker has taken the ask back, its actor stops, its actor is to move. */
export type AbortCode = "Expired" | "Aborted" | "Stop" | "Move";

/**
 * The reason of a `ctx.signal` that aborts. Bears the name that aborts have everywhere, and a `code` to switch on.
 * Without the code a handler could not tell a caller that has gone from an actor that moves, and goes on.
 */
export class AbortReason extends Error {
  readonly code: AbortCode;

  constructor(code: AbortCode, message: string) {
    super(message);
    this.name = "AbortError";
    this.code = code;
  }
}
