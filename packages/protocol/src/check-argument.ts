/*
 * Checks of what a user gives as an id, a name or a key: on the main thread and in handlers, where it is given.
 * Without them a wrong one would be found by whoever it was sent to, or by nobody.
 */
import { HubConfigError } from "./errors.js";
import { shown } from "./shown.js";

const longestId = 512;

/** Throws `HubConfigError` for what cannot be an actor's id. Written out by hand: every reference in a handler passes here. */
export function checkId(call: string, id: unknown): asserts id is string {
  if (typeof id === "string" && id.length > 0 && id.length <= longestId && id.isWellFormed()) return;
  throw wrong(`${call}: an actor's id is`, "id", id, `a well-formed text of 1 to ${longestId} characters`);
}

/** Throws `HubConfigError` for what is no text, or cannot travel as it is; `path`: which argument it is. */
export function checkText(call: string, path: string, text: unknown): asserts text is string {
  if (typeof text === "string" && text.isWellFormed()) return;
  throw wrong(`${call}: ${path}: takes`, path, text, "a well-formed text");
}

function wrong(what: string, path: string, value: unknown, allowed: string): HubConfigError {
  const given = shown(value);
  return new HubConfigError(`${what} ${allowed}; given: ${given}`, { path, given, allowed });
}
