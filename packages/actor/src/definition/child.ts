/*
 * Pairs an actor definition with the options of its start, and carries its message types.
 * Without it a batch of starts would lose the types of its actors, and wrong arguments would compile.
 */

import type { ArgsOf, MessageMap, MessagesOf, TypedActor } from "./ref.js";
import type { StartOptions } from "./start-options.js";

/** An actor to be started: its definition and the options of its start. */
export interface Child<M extends MessageMap = MessageMap> {
  readonly actor: TypedActor;
  readonly options: StartOptions;
  /** Carries types alone; there is no value. */
  readonly types?: { readonly messages: M };
}

type Both<M> = (M extends unknown ? (one: M) => void : never) extends (both: infer I) => void ? I : never;

/** The messages of a batch's actors: typed when all have the same messages, and any at all. */
export type BatchMessages<C extends Child> = [C] extends [Child<infer M>]
  ? [keyof M] extends [never]
    ? MessageMap
    : [M] extends [Both<M>]
      ? M
      : MessageMap
  : MessageMap;

/** Names an actor to be started, with its arguments checked by type. */
export function child<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Child<MessagesOf<A>> {
  return { actor, options };
}
