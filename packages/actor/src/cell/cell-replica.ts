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
  const { signals } = cell.behaviour.redundancy ?? cell.host.limits;
  if (signals === "all" || signals === cell.mode) return cell.behaviour.lifecycle.signal?.(cell.state, cell.mode, cell.context);
}

/**
 * Tells the actor that it has moved, and its mode if it is new to its node. What `signal` or `resumed` throws then, or that it does not end,
 * cannot undo the arrival: it is logged.
 */
export function hearArrival(cell: CellCore, isNewNode: boolean): void {
  const { host } = cell;
  const hooks = [
    ...(isNewNode ? [["signal", () => signalMode(cell)] as const] : []),
    ["resumed", () => cell.behaviour.lifecycle.resumed?.(cell.state, cell.context, "move")] as const,
  ];
  const hear = (from: number): void | Promise<void> => {
    for (const [i, [hook, call]] of hooks.entries()) {
      if (i < from) continue;
      try {
        const hearing = call();
        if (isPromise(hearing))
          return hookInTime(cell, hook, hearing)
            .catch((error: unknown) => logFailed(cell, hook, error))
            .then(() => hear(i + 1));
      } catch (error) {
        logFailed(cell, hook, error);
      }
    }
  };
  const heard = (): void => {
    cell.context.handlerEnded();
    if (cell.watched) host.changed(cell, false);
    stopIfTold(cell);
    host.wake(cell);
  };
  const hearing = hear(0);
  if (isPromise(hearing)) cell.work.begin(hearing, heard, heard);
  else heard();
}

/** Tells the actor that it goes on from the state of a replica. What it throws is logged. */
export function hearTakeOver(cell: CellCore): void | Promise<void> {
  const failed = (error: unknown): void => logFailed(cell, "resumed", error);
  try {
    const hearing = cell.behaviour.lifecycle.resumed?.(cell.state, cell.context, "takeOver");
    if (isPromise(hearing)) return hearing.then(() => {}, failed);
  } catch (error) {
    failed(error);
  }
}

function logFailed({ host, id }: CellCore, hook: string, error: unknown): void {
  const text = error instanceof AskTimeout ? error.message : `${hook} of actor ${id} threw`;
  host.log("error", id, text, toWireError(error));
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
