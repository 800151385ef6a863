/**
 * The words of every refusal for size.
 * Without them a message that is too large would be dropped on the wire, with no word to its sender of what to do.
 */
import { InvalidMessage } from "./errors.js";
import type { ActorId } from "./place.js";

/** The bytes of a message's frame beside its payload (ids, names, places), with room to spare. */
export const frameHeaderBytes = 64 * 1024;

/** Says that something is more than one message of the hub may carry, and what to do about it. */
export function tooLarge(what: string, bytes: number, limitBytes: number): string {
  return `${what} takes ${bytes} bytes, and what travels in one piece in this hub has ${limitBytes} at most: send it in parts, or a reference to where it is kept`;
}

/** The error of a message whose encoded input is too large. */
export function largeInput(id: ActorId, message: string, bytes: number, limitBytes: number): InvalidMessage {
  const text = tooLarge(`the input of message ${message} to actor ${id}`, bytes, limitBytes);
  return new InvalidMessage(text, { id, message, bytes, limitBytes });
}
