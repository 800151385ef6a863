/**
 * What becomes of an actor whose handler threw: by its definition's `onError` it goes on, begins anew, or ends.
 * Without it every bad request that a handler refuses by a throw would cost its actor the state and the timers.
 */
import { ActorCrashed } from "@process-hub/protocol";
import type { Handler } from "../definition/definition.js";
import type { OnError } from "../definition/on-error.js";
import { misfit } from "../definition/state-schema.js";
import type { CellCore } from "./cell-core.js";

/**
 * What follows a throw: as the definition says; but an actor does not go on with what is no state of it. `gaveUp`: the handler ended because its
 * asker had aborted the ask, which is no failure of the actor.
 */
export function afterThrow({ behaviour, state }: Pick<CellCore, "behaviour" | "state">, gaveUp = false): OnError {
  const { onError = "resume" } = gaveUp ? {} : behaviour;
  return onError === "resume" && !fits(behaviour, state) ? "restart" : onError;
}

/** The same for a concurrent handler, which reads the state: beside a handler in hand that may be half changed, and is no reason to begin anew. */
export function afterConcurrentThrow(
  cell: Pick<CellCore, "behaviour" | "state" | "inHand">,
  handler: Handler,
  gaveUp: boolean,
): OnError {
  if (handler.concurrent === "mutates" && cell.inHand === undefined) return afterThrow(cell, gaveUp);
  return gaveUp ? "resume" : (cell.behaviour.onError ?? "resume");
}

/** The end of an actor that stops when a handler throws. */
export function stoppedByThrow({ id, spec }: Pick<CellCore, "id" | "spec">, error: unknown): ActorCrashed {
  return new ActorCrashed(`actor ${id} stops when a handler throws: ${spec.actor} is defined with onError "stop"`, { id }, error);
}

/** A schema whose own code throws cannot say that it fits. */
function fits({ state: schema }: CellCore["behaviour"], state: unknown): boolean {
  try {
    return misfit(schema, state) === undefined;
  } catch {
    return false;
  }
}
