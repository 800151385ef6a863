/**
 * Ends a duplicate that a network cut made: one cell yields its state and its mail, the other merges that state into its own.
 * Without it what one of the two had done during the cut would be lost, or a handler would see half of the merge.
 */
import { ActorStopped, AskTimeout, HandoffFailed } from "@process-hub/protocol";
import type { CellCore } from "./cell-core.js";
import { preparedState } from "./cell-move.js";
import { arrivedState, fittingState } from "./cell-start.js";
import { allEndedWithin, stopCell, stopIfTold } from "./cell-stop.js";
import type { Mail } from "./envelope.js";
import { mergeStates } from "./merge-states.js";
import { sealState } from "./state-wire.js";

/** Stops the cell for the duplicate that stays, and gives up what it has: see `Cell.yieldDuplicate`. */
export async function yieldCell(
  cell: CellCore,
  deadlineMs: number,
  leaveMail: (mail: Mail[]) => void,
): Promise<{ readonly state: Uint8Array; readonly final: boolean }> {
  cell.leaveMail = leaveMail;
  let failed: unknown;
  try {
    await stopCell(cell, "conflict", deadlineMs);
  } catch (error) {
    failed = error;
  }
  if (cell.phase !== "ended") {
    cell.leaveMail = undefined;
    throw failed;
  }
  cell.host.checks.mark("duplicateYielded");
  const state = sealState(cell.behaviour, await preparedState(cell, deadlineMs));
  return { state, final: !(failed instanceof ActorStopped) };
}

/** Merges the state of the duplicate that ended into this one, between two handlers: see `Cell.mergeDuplicate`. */
export async function mergeCell(cell: CellCore, theirs: Uint8Array, deadlineMs: number): Promise<void> {
  const { id, behaviour, context, work, host } = cell;
  const { clock } = host;
  const late = new AskTimeout(`actor ${id} did not merge with its duplicate within ${deadlineMs} ms`, { id });
  const endAtMs = clock.now() + deadlineMs;
  cell.nextTurns++;
  try {
    // What changes the state beside would change one that is no more.
    cell.beside?.endStreams("Move", "the actor merges with its duplicate");
    while (!cell.isIdle) if (!(await allEndedWithin(cell, endAtMs - clock.now()))) throw late;
    if (cell.phase !== "running")
      throw new HandoffFailed(`actor ${id} is ${cell.phase}; only a running one merges`, { id, step: "load" });
    const arrived = (state: Uint8Array): unknown => arrivedState(cell, state);
    const fitting = (state: unknown): unknown => fittingState(cell, state);
    const merging = mergeStates(cell.state, theirs, { behaviour, context, arrived, fitting });
    const ended = (): void => {
      context.handlerEnded();
      stopIfTold(cell);
    };
    let applied = false;
    const merged = (state: unknown): void => {
      cell.state = state;
      applied = true;
      ended();
    };
    work.begin(merging, merged, ended);
    const giveUp = (): void => {
      work.giveUp();
      context.giveUp("Stop", "its merge was given up");
      context.handlerEnded();
    };
    const timer = clock.setTimeout(giveUp, endAtMs - clock.now());
    await Promise.race([merging, work.idleWithin(clock, deadlineMs)]).finally(() => timer.cancel());
    if (!applied) throw late;
  } finally {
    cell.nextTurns--;
    host.wake(cell);
  }
}
