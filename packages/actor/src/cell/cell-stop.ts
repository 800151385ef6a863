/**
 * How a cell ends: by itself or by order, between two handlers, with its `stopping`; by force when that takes too long; or by a crash.
 * Without one place for it, one of these ends would forget a chore: timers that still fire, mail without an answer, a `stopping` run twice.
 */
import {
  type ActorCrashed,
  ActorStopped,
  HandoffFailed,
  type Refusal,
  refusal,
  type StartFailed,
  toWireError,
} from "@process-hub/protocol";
import type { CellCore } from "./cell-core.js";
import { refuseAllOwed } from "./cell-owed.js";
import { enter } from "./cell-phase.js";
import { timersLeft } from "./cell-timers.js";
import { isPromise } from "./current-work.js";
import type { Envelope, Mail } from "./envelope.js";
import { hookInTime } from "./in-time.js";

/** Has the cell stop when it has handled the message in hand, and those that wait behind it by now; at once when nothing is in hand. */
export function stopAfterHandler(cell: CellCore, reason: string): void {
  if (cell.stopReason === undefined) {
    cell.stopReason = reason;
    cell.stopsItself = true;
    if (isHandling(cell)) {
      cell.toHandle = cell.mail.size - cell.mail.concurrent;
      cell.toHandleBeside = cell.mail.concurrent;
    }
  }
  if (cell.inHand === undefined) stopIfTold(cell);
}

function isHandling({ inHand, beside }: CellCore): boolean {
  return inHand !== undefined || beside?.any === true;
}

/** Has the cell stop, since nothing happens. */
export function stopWhenIdle(cell: CellCore): void {
  cell.stopReason ??= "idle";
  stopIfTold(cell);
}

/** True when the next message starts the actor again, and no order says what the senders of those that wait are to hear. */
export function goesOn({ behaviour, stopRefusal }: CellCore): boolean {
  return behaviour.autoStart !== undefined && stopRefusal === undefined;
}

/** Stops the cell within the deadline, by force if need be: see `Cell.stop`. */
export async function stopCell(cell: CellCore, reason: string, deadlineMs: number, why?: Refusal): Promise<void> {
  const { id, work, host } = cell;
  if (cell.phase === "sent" || cell.phase === "loaded") {
    throw new HandoffFailed(`actor ${id} is on its way to another place: stop it when it is there`, { id, step: "commit" });
  }
  const { clock } = host;
  const endAtMs = clock.now() + deadlineMs;
  if (cell.stopReason === undefined) cell.stopRefusal = why;
  if (why !== undefined) cell.goesOnLater = true;
  cell.stopReason ??= reason;
  cell.toHandle = 0;
  cell.toHandleBeside = 0;
  cell.endPause?.();
  if (!cell.isIdle) {
    if (work.busy) cell.context.giveUp("Stop", "the actor stops");
    cell.beside?.abort("Stop", "the actor stops");
    const idle = await allEndedWithin(cell, deadlineMs);
    if (!idle)
      throw stopByForce(
        cell,
        `its handler of ${cell.inHand?.name ?? (work.busy ? "start" : "a concurrent message")}`,
        deadlineMs,
      );
  }
  if (cell.phase === "ended") return cell.ending;
  const ending = end(cell);
  let timer: { cancel(): void } | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = clock.setTimeout(() => resolve("late"), Math.max(0, endAtMs - clock.now()));
  });
  try {
    if ((await Promise.race([ending, late])) === "late") throw stopByForce(cell, "its `stopping`", deadlineMs);
  } finally {
    timer?.cancel();
  }
}

/** Begins the end when it is due: someone said stop, and nothing is in hand. True when it began. */
export function stopIfTold(cell: CellCore): boolean {
  // A stream may have no end of its own.
  if (cell.stopReason !== undefined && !cell.work.busy && !hasMore(cell)) cell.beside?.endStreams("Stop", "the actor stops");
  if (cell.stopReason === undefined || !cell.isIdle || cell.creating || cell.phase === "sent" || cell.phase === "loaded")
    return false;
  const { phase } = cell;
  if ((phase === "running" || phase === "sealed") && hasMore(cell)) return false;
  end(cell, true).catch((error: unknown) =>
    cell.host.log("error", cell.id, `stopping of actor ${cell.id} threw`, toWireError(error)),
  );
  return true;
}

/** True while messages wait that it is to handle before it stops. */
function hasMore({ toHandle, toHandleBeside, mail }: CellCore): boolean {
  return (toHandle > 0 && mail.size > mail.concurrent) || (toHandleBeside > 0 && mail.concurrent > 0);
}

/** Cuts the handlers in hand off: what becomes of them counts no more. Returns their messages. */
export function cutOffHandlers(cell: CellCore): Envelope[] {
  const { inHand } = cell;
  const beside = cell.beside?.cutOff("the actor was stopped by force") ?? [];
  if (inHand === undefined) return beside;
  cell.context.giveUp("Stop", "the actor was stopped by force");
  cell.clearCurrent();
  cell.work.giveUp();
  return [inHand, ...beside];
}

/** Cuts off the handlers of concurrent messages: their life is over. Nobody knows what they did. */
export function refuseBeside(cell: CellCore, why: string): void {
  const { id } = cell;
  const text = `actor ${id} was handling the message when its life ended: ${why}`;
  for (const envelope of cell.beside?.cutOff(why) ?? []) cell.mail.refuse(envelope, refusal("OutcomeUnknown", text, { id }));
}

/** Cuts off the streams in hand, whose generators do not end. */
export function cutStreams(cell: CellCore, why: string): void {
  const { id } = cell;
  for (const envelope of cell.beside?.cutStreams(why) ?? []) {
    const text = `stream ${envelope.name} of actor ${id} was cut: ${why}`;
    cell.mail.refuse(envelope, refusal("StreamCut", text, { id, message: envelope.name }));
  }
}

/** Resolves true when no handler is in hand any more, false at the deadline. */
export async function allEndedWithin(cell: CellCore, deadlineMs: number): Promise<boolean> {
  const { clock } = cell.host;
  const endAtMs = clock.now() + deadlineMs;
  const leftMs = (): number => Math.max(0, endAtMs - clock.now());
  // What ends may make other work begin: a new life, after a throw.
  while (!cell.isIdle) {
    if (!(await cell.work.idleWithin(clock, leftMs()))) return false;
    if ((await cell.beside?.noneWithin(clock, leftMs())) === false) return false;
  }
  return true;
}

/** The cell is over: what waits in it has its fate, and its host hears why. */
export function finish(cell: CellCore, reason: string, crash: ActorCrashed | StartFailed | undefined): void {
  if (cell.phase === "ended") return;
  const { mail, leaveMail } = cell;
  enter(cell, "ended");
  cell.host.observer?.ended?.(cell.id, cell.life, cell.host.place, reason);
  refuseBeside(cell, reason);
  refuseAllOwed(cell, leftOwing(cell, crash));
  cell.clearCurrent();
  cell.context.lifeEnded(reason);
  cell.endPause?.();
  cell.work.giveUp();
  // One that ends by itself before it has handled anything would be started by the same mail again and again.
  const isNext = leaveMail === undefined && crash === undefined && goesOn(cell) && !(cell.stopsItself && cell.handled === 0);
  if (isNext) mail.dropExpired();
  const accepted = mail.drain();
  const aside = mail.drainAside();
  const isOwn = (each: Mail): boolean => each.kind === "envelope" && each.sender === cell.id;
  const why = crash === undefined ? actorStopped(cell) : refusal(crash.code, crash.message, crash.fields, crash.cause);
  if (leaveMail === undefined) for (const each of [...accepted, ...aside]) if (!isNext || isOwn(each)) mail.turnAway(each, why);
  cell.host.ended(cell, reason, crash === undefined ? undefined : toWireError(crash));
  leaveMail?.([...accepted, ...aside]);
  if (isNext) {
    cell.host.deliverAgain(
      accepted.filter((each) => !isOwn(each)),
      true,
    );
    cell.host.deliverAgain(aside.filter((each) => !isOwn(each)));
  }
  tellOver(cell);
}

/** What an asker hears whose message was handled, and not answered before the end. */
function leftOwing(cell: CellCore, crash: ActorCrashed | StartFailed | undefined): Refusal {
  const { id, leaveMail } = cell;
  if (crash !== undefined) return refusal(crash.code, crash.message, crash.fields, crash.cause);
  if (leaveMail !== undefined)
    return refusal("OutcomeUnknown", `actor ${id} goes on elsewhere, without the answer that it owes here`, { id });
  return refusal("ActorStopped", `actor ${id} was stopped (${cell.stopReason ?? "gone"}) before it answered`, { id });
}

/** It is not here any more. */
export function tellOver(cell: CellCore): void {
  const { awaiting } = cell;
  cell.awaiting = undefined;
  awaiting?.release();
}

/** The error for the sender of a message that no handler saw, because the actor stopped. */
export function actorStopped({ id, stopReason, stopRefusal }: CellCore): Refusal {
  return (
    stopRefusal ??
    refusal("ActorStopped", `actor ${id} was stopped (${stopReason ?? "gone"}) before it came to the message`, { id })
  );
}

/** `inTime`: nobody waits for this end with a deadline of his own. */
function end(cell: CellCore, inTime = false): Promise<void> {
  return (cell.ending ??= runStopping(cell, cell.stopReason ?? "stop", inTime));
}

async function runStopping(cell: CellCore, reason: string, inTime: boolean): Promise<void> {
  if (cell.phase === "ended") return;
  if (cell.watched && cell.goesOnLater) cell.kept = { timers: timersLeft(cell), ties: cell.ties?.wire() };
  enter(cell, "stopping");
  try {
    const { stopping } = cell.behaviour.lifecycle;
    const stopped = stopping?.(cell.state, reason, cell.context);
    if (isPromise(stopped)) await (inTime ? hookInTime(cell, "stopping", stopped) : stopped);
    if (cell.watched && cell.between) cell.host.changed(cell, true);
  } finally {
    finish(cell, reason, undefined);
  }
}

function stopByForce(cell: CellCore, what: string, deadlineMs: number): ActorStopped {
  const { id } = cell;
  cell.host.checks.mark("workGivenUp");
  const text = `actor ${id} was stopped by force: ${what} did not end within ${deadlineMs} ms`;
  cell.context.giveUp("Stop", "the actor was stopped by force");
  // Its handler had begun: what it was to do may be done.
  if (cell.inHand !== undefined) cell.mail.refuse(cell.inHand, refusal("OutcomeUnknown", text, { id }));
  finish(cell, cell.stopReason ?? "stop", undefined);
  return new ActorStopped(text, { id });
}
