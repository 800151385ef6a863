import type { AnyActor, ArgsOf, StartOptions, TypedActor } from "@process-hub/actor";

/** An actor to be started: its definition and how. */
export interface Child {
  readonly actor: AnyActor;
  readonly options: StartOptions;
}

/** Names an actor to be started, with its arguments checked by type. */
export function child<A extends TypedActor>(actor: A, options: StartOptions<ArgsOf<A>>): Child {
  return { actor, options };
}
