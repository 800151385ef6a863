/*
 * What an actor would do if it handled one message after the other: the measure of its operations.
 * Without it the checker could tell that a history is odd, and not that it is wrong.
 */
import type { MessagesOf, TypedActor } from "@process-hub/actor";
import type { ActorId } from "@process-hub/protocol";

/** What a message makes of a state. Without `reply`, any reply fits. */
export interface ModelStep<State, Reply = unknown> {
  readonly state: State;
  readonly reply?: Reply;
}

/**
 * What each operation makes of a state. It returns a new state and leaves the given one as it is; equal arguments give equal results. Where
 * the handler throws and changes nothing, it throws. A message that it does not name is no operation.
 */
export interface SequentialModel {
  readonly messages: Readonly<Record<string, ((state: never, input: never) => ModelStep<unknown>) | undefined>>;
}

/** The model of a kind of actors, as `sim.check` takes it: `modelOf` makes one with the types of the actor. */
export interface ActorModel extends SequentialModel {
  readonly actor: TypedActor;
  /** The state of each actor before its first operation. */
  readonly initial: (id: ActorId) => unknown;
}

/**
 * The sequential model of a kind of actors, with the types of its definition: the state before the first operation, and what each message
 * makes of it. The model's state may be simpler than the actor's: as much as the replies tell.
 *
 * ```ts
 * modelOf(Counter, {
 *   initial: () => 0,
 *   messages: {
 *     add: (count, { by }) => ({ state: count + by, reply: count + by }),
 *     read: (count) => ({ state: count, reply: count }),
 *   },
 * });
 * ```
 */
export function modelOf<A extends TypedActor, State>(
  actor: A,
  model: {
    readonly initial: (id: ActorId) => State;
    readonly messages: {
      readonly [K in keyof MessagesOf<A> & string]?: (
        state: NoInfer<State>,
        input: MessagesOf<A>[K]["input"],
      ) => ModelStep<NoInfer<State>, MessagesOf<A>[K]["output"]>;
    };
  },
): ActorModel {
  return { actor, ...model } as ActorModel;
}
