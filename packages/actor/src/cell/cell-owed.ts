/**
 * Answers that an actor gives later than at its handler's end: taken on, given, refused, and settled at the end of its life.
 * Without it each of the ways in which a life ends would have to remember the asks that it had put off.
 */
import { ActorStopped, checkText, HubConfigError, MailboxFull, type Refusal } from "@process-hub/protocol";
import type { Handler } from "../definition/definition.js";
import type { InHand } from "./caller.js";
import type { CellCore } from "./cell-core.js";
import type { Envelope } from "./envelope.js";
import { closeError, closeReply } from "./open-envelope.js";

/** A message that its build has no more: what it is answered with is not checked. */
const unknownMessage: Handler = { input: undefined, output: undefined, run: () => undefined };

/** Takes on the answer to the message in hand: see `ActorContext.replyLater`. */
export function oweReply(cell: CellCore, inHand: InHand | undefined): string {
  const { id, host } = cell;
  if (inHand === undefined || !isMessage(inHand))
    throw new HubConfigError(
      `ctx.replyLater: actor ${id} has no message in hand; call it in the handler of the ask that is to be answered later`,
      {
        path: "ctx.replyLater",
        given: "no message",
        allowed: "is called in the handler of an ask",
      },
    );
  if (cell.behaviour.streams?.has(inHand.name) === true)
    throw new HubConfigError(`ctx.replyLater: ${inHand.name} of actor ${cell.spec.actor} is a stream, whose end is its answer`, {
      path: "ctx.replyLater",
      given: inHand.name,
      allowed: "is called in the handler of an ask",
    });
  const owed = cell.makeOwed();
  if (owed.size >= host.limits.mailbox) owed.prune();
  if (owed.size >= host.limits.mailbox)
    throw new MailboxFull(`ctx.replyLater: actor ${id} owes its limit of ${host.limits.mailbox} replies`, { id });
  inHand.later = true;
  return owed.owe(inHand);
}

/** Answers an ask that was put off: see `ActorContext.reply`. False: nobody waits for it. */
export function replyOwed(cell: CellCore, token: string, value: unknown): boolean {
  const envelope = take(cell, "ctx.reply", token);
  if (envelope === undefined) return false;
  const handler = cell.behaviour.handlers.get(envelope.name) ?? unknownMessage;
  cell.host.replyWhenSafe(cell, envelope, closeReply(envelope, handler, value, cell));
  return true;
}

/** Refuses an ask that was put off: see `ActorContext.refuse`. False: nobody waits for it. */
export function refuseOwed(cell: CellCore, token: string, error: unknown): boolean {
  const envelope = take(cell, "ctx.refuse", token);
  if (envelope === undefined) return false;
  cell.host.replyWhenSafe(cell, envelope, closeError(envelope, error, cell));
  return true;
}

/** The handler of a message threw: that is its answer, whether it put it off or not. */
export function notLater(cell: CellCore, envelope: Envelope): void {
  if (envelope.later !== true) return;
  envelope.later = false;
  cell.owed?.forget(envelope.origin, envelope.ask);
}

/** A message is handled, and its answer owed: its asker waits on though this place may end, where another one stands by for it. */
export function putOff(cell: CellCore, envelope: Envelope): void {
  if (cell.watched && cell.owed?.has(envelope.origin, envelope.ask) === true) cell.host.putOff(cell, envelope);
}

/** Whoever is owed an answer hears where the actor is now. */
export function tellWhereOwed(cell: CellCore): void {
  for (const envelope of cell.owed?.all ?? []) cell.host.askHere(envelope, cell.epoch, cell.watched);
}

/** The life is over: what it owes is refused. */
export function refuseAllOwed(cell: CellCore, why: Refusal): void {
  for (const envelope of cell.owed?.drain() ?? []) cell.host.reply(envelope, why);
}

function take(cell: CellCore, call: string, token: string): Envelope | undefined {
  checkText(call, "token", token);
  const { id, phase } = cell;
  if (phase === "sent" || phase === "loaded" || (phase === "sealed" && cell.isIdle))
    throw new ActorStopped(`${call}: actor ${id} moves; use \`ctx\` in its handlers only`, { id });
  return cell.owed?.take(token);
}

function isMessage(inHand: InHand): inHand is Envelope {
  return "kind" in inHand;
}
