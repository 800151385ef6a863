/*
 * What a list of actors may be asked by, and whether an entry fits.
 * Without it an index and a scan could disagree about what equals what.
 */

import { isDeepStrictEqual } from "node:util";
import type { NodeName } from "@process-hub/protocol";
import type { RegistryEntry } from "./registry-entry.js";

/** Which actors are wanted: those that fit all that is given. */
export interface EntryQuery {
  /** The name of their definition. */
  readonly actor?: string | undefined;
  readonly tag?: string | undefined;
  /** Each key's value equals that of the actor: numbers, texts and such as they are, lists and objects by what they hold. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** A node on which they run, or a replica of them. */
  readonly node?: NodeName | undefined;
}

/** True for an entry that fits a query. */
export function fits(entry: RegistryEntry, { actor, tag, metadata, node }: EntryQuery): boolean {
  if (actor !== undefined && entry.actor !== actor) return false;
  if (tag !== undefined && entry.tag !== tag) return false;
  if (node !== undefined && !entry.replicas.some((replica) => replica.node === node)) return false;
  if (metadata === undefined) return true;
  return Object.entries(metadata).every(([key, value]) => isDeepStrictEqual(ownValue(entry.metadata, key), value));
}

/** A key's own value; undefined when there is none. */
export function ownValue(metadata: Readonly<Record<string, unknown>> | undefined, key: string): unknown {
  return metadata !== undefined && Object.hasOwn(metadata, key) ? metadata[key] : undefined;
}
