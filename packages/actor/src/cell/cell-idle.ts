/**
 * How the cell of a kind with `autoStart` ends between two messages, and which mail waits for the next life.
 * Without it a message that comes as an actor ends would be refused, though the next one starts the actor again.
 */
import type { CellCore } from "./cell-core.js";
import { goesOn, stopWhenIdle } from "./cell-stop.js";
import type { Mail } from "./envelope.js";
import { IdleWatch } from "./idle-watch.js";

/** Ends the cell when nothing has happened for as long as its kind says; undefined where that says nothing. */
export function idleWatch(cell: CellCore): IdleWatch | undefined {
  const { host, behaviour } = cell;
  const { idleAfterMs } = behaviour;
  if (idleAfterMs === undefined || cell.mode === "passive") return undefined;
  return new IdleWatch({ clock: host.clock, idleAfterMs, isQuiet: () => isQuiet(cell), idle: () => stopWhenIdle(cell) });
}

function isQuiet(cell: CellCore): boolean {
  const { phase, stopReason, isIdle, nextTurns, mail, timers, tasks, owed, host } = cell;
  const isBetween = phase === "running" && stopReason === undefined && isIdle && nextTurns === 0;
  return isBetween && mail.size === 0 && timers.isEmpty && tasks?.any !== true && owed?.any !== true && host.mayIdle(cell);
}

/**
 * True for mail to a cell that is to stop, where the next life takes it; its own messages end with it. Kept aside unanswered, a marker tells its
 * sender only then that what went before it has arrived.
 */
export function isForNextLife(cell: CellCore, mail: Mail): boolean {
  return goesOn(cell) && cell.phase !== "ended" && (mail.kind === "marker" || mail.sender !== cell.id);
}
