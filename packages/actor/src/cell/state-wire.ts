/**
 * A state as it travels: with the version of the definition that wrote it.
 * Without the version a node of another build would take it for a state of its own.
 */
import { type Bytes, decode, encode, encodePlain, InvalidState } from "@process-hub/protocol";
import type { Behaviour } from "../definition/definition.js";
import { downgraded, versionOf } from "../definition/versions.js";

/** A state that has travelled, and its version. */
export interface StateOnTheWire {
  readonly version: number;
  /** As `handoff.prepare` gives it, if there is one. */
  readonly state: unknown;
}

/** The bytes of a state, by default of its own version. Throws `NotSerializable`, and `InvalidState` for a version that it has no step to. */
export function sealState(behaviour: Behaviour, state: unknown, version = versionOf(behaviour)): Uint8Array {
  const isOlder = version < versionOf(behaviour);
  const wire = isOlder ? downgraded(behaviour, version, state) : state;
  return stateBytes(wire, isOlder ? version : versionOf(behaviour));
}

/** The bytes of a state of a version. Throws `NotSerializable`. */
export function stateBytes(state: unknown, version = 1): Uint8Array {
  return encodePlain([version, encode(state, "state")]);
}

/** What the bytes of a state hold. Throws `InvalidState` for bytes that are none. */
export function openState(bytes: Bytes): StateOnTheWire {
  const parts = decode(bytes);
  const [version, state] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (!Number.isInteger(version) || !(state instanceof Uint8Array))
    throw new InvalidState("these bytes are no state of an actor: they hold no version and no state");
  return { version: version as number, state: decode(state) };
}
