import type { ActorContext } from "../definition/context.js";
import type { Behaviour } from "../definition/definition.js";
import { sealState } from "./state-wire.js";

/** The duplicate that goes on, as the merge sees it. */
export interface MergeSide {
  readonly behaviour: Behaviour;
  readonly context: ActorContext;
  /** The state of bytes as they travelled, or a promise of it. */
  readonly arrived: (wire: Uint8Array) => unknown;
  /** Throws for what can be no state. */
  readonly fitting: (state: unknown) => unknown;
}

/**
 * The state that goes on when two duplicates of an actor met: the result of its lifecycle's `conflict`, which works on a copy of the
 * survivor's state. Rejects with what `conflict` throws, or with `InvalidState` when that is none.
 * Without that copy a merge that fails half way would leave the survivor with half of the other's state.
 */
export async function mergeStates(mine: unknown, theirs: Uint8Array, side: MergeSide): Promise<unknown> {
  const { behaviour, context, arrived, fitting } = side;
  const { conflict } = behaviour.lifecycle;
  if (conflict === undefined) return mine;
  const { handoff } = behaviour;
  const own = await arrived(sealState(behaviour, handoff === undefined ? mine : await handoff.prepare(mine)));
  return fitting(await conflict(own, await arrived(theirs), context));
}
