import { findUntravelable, toWireError } from "@process-hub/protocol";
import type { CellCore } from "./cell-core.js";

/**
 * Logs what in a state cannot travel, with the path to it. A state with a `handoff` may be anything.
 * Without it a handler that puts an instance of a class into its state would be found out when its node is about to go.
 */
export function reportUntravelable(cell: Pick<CellCore, "id" | "state" | "behaviour" | "host">, message: string): void {
  const { id, state, behaviour, host } = cell;
  if (behaviour.handoff !== undefined) return;
  try {
    const error = findUntravelable(state, "state");
    if (error !== undefined)
      host.log("error", id, `actor ${id} cannot move since ${message}: ${error.message}`, toWireError(error));
  } catch (error) {
    host.log("error", id, `actor ${id} cannot move since ${message}: its state throws when it is read`, toWireError(error));
  }
}
