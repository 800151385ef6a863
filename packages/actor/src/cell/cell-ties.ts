/**
 * How an actor watches others, subscribes to their events, and emits its own: `ctx.watch`, `ctx.subscribe`, `ctx.emit`, and what comes of them as
 * messages to itself. Without the mailbox news of another actor would come in the midst of a handler.
 */
import {
  type ActorId,
  ActorStopped,
  type Bytes,
  checkId,
  checkText,
  encode,
  type GoneReason,
  InvalidMessage,
  optionError,
  shown,
  type Ties,
  tooLarge,
} from "@process-hub/protocol";
import type { EventNews, Gone } from "../definition/event.js";
import { firstIssue } from "../definition/first-issue.js";
import { parse } from "../definition/schema.js";
import type { CellCore } from "./cell-core.js";
import { stopAfterHandler } from "./cell-stop.js";
import { timerMessage } from "./cell-timers.js";
import { EventFeed } from "./event-feed.js";
import { ActorTies, eventKey, type Heard, type Subscription } from "./ties.js";

/** Of a watch that only ends the actor: no message has this name. */
const linkMessage = "";

/** A reference, as far as its actor is watched or listened to. */
export interface Tied {
  readonly id: ActorId;
  readonly actor: string;
}

/** The ties of a cell, made with the first. */
function tiesOf(cell: CellCore): ActorTies {
  const isLive = cell.mode !== "passive" && cell.phase !== "loaded";
  cell.ties ??= new ActorTies(
    {
      watch: (watch) => cell.host.watch(cell, watch),
      unwatch: (id) => cell.host.unwatch(cell, id),
      subscribe: (subscription) => cell.host.subscribe(cell, subscription),
      unsubscribe: (subscription) => cell.host.unsubscribe(cell, subscription),
      make: (name, payload) => timerMessage(cell, { name, payload }),
      take: (envelope) => cell.takeOwn(envelope),
      hasRoom: (subscription) => cell.host.hasRoomFor(cell, subscription),
    },
    isLive,
  );
  return cell.ties;
}

/** `ctx.watch`. Throws `HubConfigError` for a message that the actor does not have, and for itself. */
export function watchActor(cell: CellCore, ref: Tied, message: string): void {
  const id = checkTie(cell, "ctx.watch", ref, message);
  tiesOf(cell).watch({ id, message });
}

/** `ctx.unwatch`. True when it was watched. */
export function unwatchActor(cell: CellCore, ref: Pick<Tied, "id">): boolean {
  checkId("ctx.unwatch", ref?.id);
  if (cell.ties?.watches.get(ref.id)?.message === linkMessage) return false;
  const had = cell.ties?.unwatch(ref.id) === true;
  if (had) linkToParent(cell);
  return had;
}

/** An actor that ends with the one that has started it watches that one, whatever else it does. */
export function linkToParent(cell: CellCore): void {
  const { linked } = cell.spec;
  if (linked === undefined || cell.mode === "passive" || cell.ties?.watches.has(linked) === true) return;
  tiesOf(cell).watch({ id: linked, message: linkMessage });
}

/** `ctx.subscribe`. Throws `HubConfigError` as `ctx.watch` does. */
export function subscribeTo(cell: CellCore, ref: Tied, event: string, message: string, since: number | undefined): void {
  const id = checkTie(cell, "ctx.subscribe", ref, message);
  checkEvent("ctx.subscribe", event);
  checkSince("ctx.subscribe", since);
  const ties = tiesOf(cell);
  const known = ties.subscriptions.get(eventKey(id, event));
  if (known !== undefined && since === undefined) known.message = message;
  else {
    ties.unsubscribe(id, event);
    ties.subscribe({ id, actor: ref.actor, event, message, seq: since ?? null, term: null, waiting: 0 });
  }
}

/** `ctx.unsubscribe`. True when it had subscribed. */
export function unsubscribeFrom(cell: CellCore, ref: Pick<Tied, "id">, event: string): boolean {
  checkId("ctx.unsubscribe", ref?.id);
  return cell.ties?.unsubscribe(ref.id, event) === true;
}

/** `ctx.emit`. Returns the event's number. Throws `InvalidMessage` for an event that the actor does not have, and for a payload that its schema refuses. */
export function emitEvent(cell: CellCore, event: string, payload: unknown): number {
  const { id, behaviour, host } = cell;
  const kind = behaviour.events?.get(event);
  if (kind === undefined) throw unknownEvent(cell, event);
  checkMoves(cell, "emit");
  const parsed = parse(kind.payload, payload);
  const what = `event ${event} of actor ${behaviour.name}`;
  if (!parsed.success) throw new InvalidMessage(`${what}: ${firstIssue(parsed.error)}`, { id, event });
  const bytes = encode(parsed.data, "payload");
  const { messageBytes = Number.POSITIVE_INFINITY } = host.limits;
  if (bytes.byteLength > messageBytes)
    throw new InvalidMessage(tooLarge(`the payload of ${what}`, bytes.byteLength, messageBytes), { id, event });
  const feed = feedOf(cell, event);
  const seq = feed.add(bytes, host.now());
  host.emitted(cell, feed, seq);
  return seq;
}

/** The feed of an event, made with the first emit or the first who listens. Throws `InvalidMessage` for an event that the actor does not have. */
export function feedOf(cell: CellCore, event: string): EventFeed {
  const { feeds } = tiesOf(cell);
  const known = feeds.get(event);
  if (known !== undefined) return known;
  const kind = cell.behaviour.events?.get(event);
  if (kind === undefined) throw unknownEvent(cell, event);
  const feed = new EventFeed(event, kind.keep, cell.life);
  feeds.set(event, feed);
  return feed;
}

/** An actor that it watches is gone: its message about that joins the others. */
export function hearGone(cell: CellCore, id: ActorId, reason: GoneReason): void {
  const watch = cell.ties?.watches.get(id);
  if (watch === undefined) return;
  tiesOf(cell).unwatch(id);
  const input: Gone = { id, reason };
  if (watch.message !== linkMessage) tiesOf(cell).notice(watch.message, encode(input, "input"));
  if (cell.spec.linked === id) stopAfterHandler(cell, `its parent ${id} is gone`);
}

/** News of an event come for a subscription: its message joins the others. `input`: of the message, made once for all who get it. */
export function hearEvent(cell: CellCore, subscription: Subscription, heard: Heard, input: Bytes): void {
  const ties = tiesOf(cell);
  if (heard.type === "ended") ties.unsubscribe(subscription.id, subscription.event);
  else subscription.seq = heard.seq;
  ties.notice(subscription.message, input, heard.type === "ended" ? undefined : subscription);
}

/** The input of a subscription's message. */
export function newsInput({ id, event }: Pick<Subscription, "id" | "event">, heard: Heard, payload?: unknown): Bytes {
  const news = { ...heard, id, event, ...(heard.type === "event" ? { payload } : {}) } as EventNews;
  return encode(news, "input");
}

/** Takes over what came with a state: `moved`, its feeds go on as they were; else they begin a history of their own. */
export function loadTies(cell: CellCore, wire: Ties | undefined, goesOn: boolean): void {
  if (wire === undefined) return;
  const ties = tiesOf(cell);
  ties.load(wire);
  for (const feed of wire.feeds ?? []) {
    const keep = cell.behaviour.events?.get(feed.event)?.keep;
    // An older build may not have the event: nobody hears of it there.
    if (keep === undefined) continue;
    const made = goesOn
      ? new EventFeed(feed.event, keep, cell.life, feed, cell.host.now())
      : EventFeed.after(feed, keep, cell.life);
    ties.feeds.set(feed.event, made);
  }
}

/** Ties of a cell that is to move: what waits about others travels with them. */
export function pauseTies(cell: CellCore): void {
  if (cell.ties?.pause() === true) cell.mail.dropExpired();
}

function checkTie(cell: CellCore, call: string, ref: Tied, message: string): ActorId {
  checkId(call, ref?.id);
  checkText(call, "message", message);
  const { behaviour } = cell;
  if (ref.id === cell.id) throw optionError(call, { path: "ref", given: ref.id, allowed: "takes a reference to another actor" });
  if (!behaviour.handlers.has(message)) {
    const known = [...behaviour.handlers.keys()].join(", ");
    const allowed = `takes a message of actor ${behaviour.name}: ${known}`;
    throw optionError(call, { path: "message", given: shown(message), allowed });
  }
  checkMoves(cell, call);
  return ref.id;
}

function checkMoves(cell: CellCore, call: string): void {
  const { id, phase } = cell;
  const between = phase === "sealed" && cell.isIdle;
  if (between || phase === "sent" || phase === "loaded" || phase === "ended")
    throw new ActorStopped(`${call}: actor ${id} moves, or has ended; use \`ctx\` in its handlers only`, { id });
}

function unknownEvent({ id, behaviour }: CellCore, event: string): InvalidMessage {
  const known = [...(behaviour.events?.keys() ?? [])].join(", ") || "none";
  return new InvalidMessage(`actor ${behaviour.name} has no event ${shown(event)}; it has: ${known}`, { id, event });
}

/** Throws `HubConfigError` for what can be no event's name. */
export function checkEvent(call: string, event: unknown): void {
  checkText(call, "event", event);
}

/** Throws `HubConfigError` for what can be no event's number. */
export function checkSince(call: string, since: unknown): void {
  if (since === undefined || (Number.isSafeInteger(since) && (since as number) >= 0)) return;
  throw optionError(call, {
    path: "since",
    given: shown(since),
    allowed: "takes the number of an event: a whole number of at least 0",
  });
}
