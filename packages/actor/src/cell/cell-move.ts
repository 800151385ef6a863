/**
 * The two ends of a move as one cell sees them: seal, pack and depart (or unseal) at the source; load and commit (or discard) at the
 * target.
 * Without these steps a handler could run at both places, or a message that came during the move could be lost.
 */
import { ActorStopped, type Epoch, type Ties } from "@process-hub/protocol";
import type { CellCore } from "./cell-core.js";
import { tellWhereOwed } from "./cell-owed.js";
import { enter } from "./cell-phase.js";
import { hearArrival } from "./cell-replica.js";
import { arrivedState } from "./cell-start.js";
import { allEndedWithin, cutStreams, stopIfTold, tellOver } from "./cell-stop.js";
import { loadTies, pauseTies } from "./cell-ties.js";
import { checkTimers, freezeTimers } from "./cell-timers.js";
import { isPromise } from "./current-work.js";
import type { Envelope, Mail } from "./envelope.js";
import { hookInTime } from "./in-time.js";
import { sealState } from "./state-wire.js";
import type { FrozenTimer } from "./timers.js";

/** Handles no further message, and freezes the timers after the handler in hand: see `Cell.seal`. */
export async function sealCell(cell: CellCore, deadlineMs: number, isGivenUp: () => boolean): Promise<boolean> {
  const { phase } = cell;
  if (phase !== "running") return false;
  enter(cell, "sealed");
  cell.endPause?.();
  const { clock } = cell.host;
  // A move is no hurry: most handlers end by themselves, and lose nothing by it. The others are warned while there is time left to end.
  const warn = (): void => {
    if (isGivenUp()) return;
    cell.context.giveUp("Move", "the actor is to move");
    cell.beside?.abort("Move", "the actor is to move");
    cutStreams(cell, "the actor moves, and its generator did not end in time");
  };
  // A stream may have no end of its own: it is not waited for.
  cell.beside?.endStreams("Move", "the actor moves");
  const warning = cell.isIdle ? undefined : clock.setTimeout(warn, deadlineMs / 2);
  const idle = await allEndedWithin(cell, deadlineMs);
  warning?.cancel();
  // By now another seal may have begun: the timers are for that one. One that is to stop handles what waits here.
  if (!idle || isGivenUp() || cell.phase !== "sealed" || cell.stopReason !== undefined) return false;
  cell.tasks?.move();
  freezeTimers(cell);
  pauseTies(cell);
  return true;
}

/** The state of a sealed cell as it travels; the cell is `sent` then: see `Cell.pack`. */
export async function packCell(
  cell: CellCore,
  deadlineMs: number | undefined,
  isGivenUp: () => boolean,
  version: number | undefined,
): Promise<Uint8Array> {
  const state = sealState(cell.behaviour, await preparedState(cell, deadlineMs), version);
  // By now another seal may have begun, or its end be waited for: the state of a move that was given up is nobody's.
  if (cell.phase !== "sealed" || isGivenUp())
    throw new ActorStopped(`actor ${cell.id} ended while it was to move`, { id: cell.id });
  enter(cell, "sent");
  return state;
}

/** The state as it travels, before it is encoded; a promise where its `handoff.prepare` returns one, for as long as that may take. */
export function preparedState(cell: CellCore, deadlineMs?: number): unknown {
  const { handoff } = cell.behaviour;
  const wire = handoff === undefined ? cell.state : handoff.prepare(cell.state);
  return isPromise(wire) ? hookInTime(cell, "handoff.prepare", wire, deadlineMs) : wire;
}

/** The source goes on: its move did not take place. One that runs gets the epoch alone; one that ends, or has ended, keeps its own. */
export function unsealCell(cell: CellCore, epoch: Epoch): void {
  const { phase } = cell;
  if (phase !== "sealed" && phase !== "sent" && phase !== "running") return;
  cell.host.checks.invariant(
    epoch > cell.epoch,
    "an actor goes on under a higher epoch",
    () => `${cell.id} at ${cell.epoch}: ${epoch}`,
  );
  cell.epoch = epoch;
  cell.usedEpoch = Math.max(cell.usedEpoch, epoch);
  if (phase === "running") return;
  cell.host.checks.mark("moveTakenBack");
  enter(cell, "running");
  resume(cell);
}

/** The source waits for its end, sealed: its move did not take place. */
export function unpackCell(cell: CellCore): void {
  if (cell.phase !== "sent") return;
  cell.host.checks.mark("moveReturned");
  enter(cell, "sealed");
  const arrivals = cell.mail.drainAside();
  for (const mail of arrivals) cell.take(mail);
}

/** The source is over: its move took place. */
export function departCell(cell: CellCore): { readonly moved: Envelope[]; readonly arrivals: Mail[] } {
  // A state may still be prepared for a replica: that is work, and no handler.
  cell.host.checks.invariant(cell.inHand === undefined, "an actor that departs has nothing in hand", () => cell.id);
  enter(cell, "ended");
  cell.context.lifeEnded("it runs at another place now", "Move");
  tellOver(cell);
  return { moved: cell.mail.drain(), arrivals: cell.mail.drainAside() };
}

/** The target loads a snapshot. Rejects with what `handoff.restore` throws, `AskTimeout` when it takes too long, or `InvalidState`; then the cell is over. */
export async function loadCell(
  cell: CellCore,
  state: Uint8Array,
  mailbox: readonly Envelope[],
  timers: readonly FrozenTimer[],
  deadlineMs: number | undefined,
  ties: Ties | undefined,
): Promise<void> {
  enter(cell, "loaded");
  try {
    checkTimers(cell, timers);
    const arrived = arrivedState(cell, state);
    cell.state = isPromise(arrived) ? await hookInTime(cell, "handoff.restore", arrived, deadlineMs) : arrived;
  } catch (error) {
    discardCell(cell);
    throw error;
  }
  cell.mail.load(mailbox);
  cell.frozenTimers = [...timers];
  loadTies(cell, ties, true);
}

/** The target runs the actor: the source has committed. */
export function commitCell(cell: CellCore, arrived: boolean): void {
  if (cell.phase !== "loaded") return;
  enter(cell, "running");
  tellWhereOwed(cell);
  if (arrived || cell.behaviour.lifecycle.resumed !== undefined) hearArrival(cell, arrived);
  resume(cell);
}

/** The target is over before it ran. */
export function discardCell(cell: CellCore): Mail[] {
  const waited = cell.phase === "loaded" ? [] : cell.mail.drain();
  enter(cell, "ended");
  cell.context.lifeEnded("it never ran here");
  tellOver(cell);
  return [...waited, ...cell.mail.drainAside()];
}

function resume(cell: CellCore): void {
  cell.timers.thaw(cell.frozenTimers);
  cell.frozenTimers = [];
  cell.ties?.resume();
  for (const mail of cell.mail.drainAside()) cell.take(mail);
  cell.idle?.begin();
  stopIfTold(cell);
  cell.host.wake(cell);
}
