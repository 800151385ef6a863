import { decode, encode } from "@process-hub/protocol";
import type { ActorContext } from "../definition/context.js";
import type { Behaviour } from "../definition/definition.js";

/** The duplicate that goes on, as the merge sees it. */
export interface MergeSide {
  readonly behaviour: Behaviour;
  readonly args: unknown;
  readonly context: ActorContext;
  readonly checked: (state: unknown) => unknown;
}

/**
 * The state that goes on when two duplicates of an actor met: the result of its lifecycle's `conflict`, which works on a copy of the
 * survivor's state. Rejects with what `conflict` throws, or with `InvalidState`.
 * Without that copy a merge that fails half way would leave the survivor with half of the other's state.
 */
export async function mergeStates(mine: unknown, theirs: Uint8Array, side: MergeSide): Promise<unknown> {
  const { behaviour, args, context, checked } = side;
  const { conflict } = behaviour.lifecycle;
  if (conflict === undefined) return mine;
  const { handoff } = behaviour;
  const restored = async (wire: Uint8Array): Promise<unknown> =>
    checked(handoff === undefined ? decode(wire) : await handoff.restore(decode(wire), args, context));
  const own = await restored(encode(handoff === undefined ? mine : await handoff.prepare(mine), "state"));
  return checked(await conflict(own, await restored(theirs), context));
}
