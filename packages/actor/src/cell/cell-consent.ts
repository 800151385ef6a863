/**
 * Asks an actor whether its move suits it, between two handlers.
 * Without it an actor in the middle of a payment, or a game, would be moved as one that idles is.
 */
import { AskTimeout, toWireError } from "@process-hub/protocol";
import type { PlannedMove } from "../definition/definition.js";
import type { CellCore } from "./cell-core.js";
import { stopIfTold } from "./cell-stop.js";
import { isPromise } from "./current-work.js";

/**
 * How many milliseconds later the actor wants to be asked again; 0: it goes, as it does when it does not answer by the deadline, throws, or
 * answers anything else. Never rejects.
 */
export function consentCell(cell: CellCore, move: PlannedMove, deadlineMs: number): number | Promise<number> {
  const { moving } = cell.behaviour.lifecycle;
  if (moving === undefined || cell.phase !== "running") return 0;
  return cell.work.busy ? whenIdle(cell, move, deadlineMs) : ask(cell, move, deadlineMs);
}

/** Takes the place of the next handler. */
async function whenIdle(cell: CellCore, move: PlannedMove, deadlineMs: number): Promise<number> {
  const { work, host } = cell;
  const endAtMs = host.clock.now() + deadlineMs;
  cell.nextTurns++;
  try {
    while (work.busy) if (!(await work.idleWithin(host.clock, endAtMs - host.clock.now()))) return 0;
    return await ask(cell, move, endAtMs - host.clock.now());
  } finally {
    cell.nextTurns--;
    host.wake(cell);
  }
}

function ask(cell: CellCore, move: PlannedMove, deadlineMs: number): number | Promise<number> {
  const { behaviour, context, work, host, id } = cell;
  if (cell.phase !== "running") return 0;
  const over = (answer: unknown): number => {
    context.handlerEnded();
    if (cell.watched) host.changed(cell, false);
    stopIfTold(cell);
    host.wake(cell);
    return deferOf(cell, answer);
  };
  const failed = (error: unknown): number => {
    host.log(
      "error",
      id,
      `moving of actor ${id} ${error instanceof AskTimeout ? "does not end" : "threw"}: it moves`,
      toWireError(error),
    );
    return over(undefined);
  };
  try {
    const answer: unknown = behaviour.lifecycle.moving?.(cell.state, move, context);
    if (!isPromise(answer)) return over(answer);
    return new Promise((resolve) => {
      const timer = host.clock.setTimeout(() => {
        work.giveUp();
        resolve(failed(new AskTimeout(`no answer within ${deadlineMs} ms`, { id })));
      }, deadlineMs);
      const settle =
        (say: (value: unknown) => number) =>
        (value: unknown): void => {
          timer.cancel();
          resolve(say(value));
        };
      work.begin(answer, settle(over), settle(failed));
    });
  } catch (error) {
    return failed(error);
  }
}

function deferOf({ host, id }: CellCore, answer: unknown): number {
  if (answer === undefined || answer === null) return 0;
  const deferMs: unknown = typeof answer === "object" && "deferMs" in answer ? answer.deferMs : undefined;
  if (typeof deferMs === "number" && deferMs >= 0 && deferMs < Number.POSITIVE_INFINITY) return deferMs;
  host.log("error", id, `moving of actor ${id} answers nothing, or { deferMs } of at least 0: it moves`, undefined);
  return 0;
}
