/**
 * How a cell takes part in replication: it tells its actor whether it is active or passive, and gives its state to the replicas that follow
 * it.
 * Without it a passive replica would never learn the state it may have to go on from.
 */
import { AskTimeout, toWireError } from "@process-hub/protocol";
import type { CellCore } from "./cell-core.js";
import { stopIfTold } from "./cell-stop.js";
import { isPromise } from "./current-work.js";
import { hookInTime } from "./in-time.js";
import { sealState } from "./state-wire.js";

/** Tells the actor its mode, if the redundancy strategy wants replicas of that mode to hear it. Throws, or rejects, what `signal` throws. */
export function signalMode(cell: CellCore): void | Promise<void> {
  const { signals } = cell.host.limits;
  if (signals === "all" || signals === cell.mode) return cell.behaviour.lifecycle.signal?.(cell.state, cell.mode, cell.context);
}

/** Tells the actor its mode after it arrived. What `signal` throws then, or that it does not end, cannot undo the arrival: it is logged. */
export function hearMode(cell: CellCore): void {
  const { host } = cell;
  const failed = (error: unknown): void => {
    cell.context.handlerEnded();
    const text = error instanceof AskTimeout ? error.message : `signal of actor ${cell.id} threw`;
    host.log("error", cell.id, text, toWireError(error));
    stopIfTold(cell);
    host.wake(cell);
  };
  const heard = (): void => {
    cell.context.handlerEnded();
    if (cell.watched) host.changed(cell, false);
    stopIfTold(cell);
    host.wake(cell);
  };
  try {
    const hearing = signalMode(cell);
    if (isPromise(hearing)) cell.work.begin(hookInTime(cell, "signal", hearing), heard, failed);
    else heard();
  } catch (error) {
    failed(error);
  }
}

/** Gives the state as it travels, and keeps the cell occupied while an async `handoff.prepare` makes it. */
export function readReplicaState(cell: CellCore, taken: (state: Uint8Array) => void, failed: (error: unknown) => void): void {
  const { handoff } = cell.behaviour;
  const take = (wire: unknown): void => {
    try {
      taken(sealState(cell.behaviour, wire));
    } catch (error) {
      failed(error);
    }
  };
  const goOn = (): void => {
    stopIfTold(cell);
    cell.host.wake(cell);
  };
  try {
    const wire = handoff === undefined ? cell.state : handoff.prepare(cell.state);
    if (!isPromise(wire)) take(wire);
    else cell.work.begin(hookInTime(cell, "handoff.prepare", wire).then(take, failed), goOn, goOn);
  } catch (error) {
    failed(error);
  }
}
