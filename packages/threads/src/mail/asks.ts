import { type Envelope, expire } from "@process-hub/actor";
import {
  Aborts,
  type ActorId,
  AskTimeout,
  type Checks,
  type Clock,
  type Epoch,
  type ErrorClasses,
  HubClosed,
  type PlaceId,
  type Timer,
  withoutStack,
} from "@process-hub/protocol";
import { AskTable } from "./ask-table.js";

/** So many timeouts may keep their timer when no ask of theirs waits: most programs use a few, again and again. */
const lanesKept = 16;
const secondMs = 1_000;

/** How an ask is settled: one of these is called, once. */
export interface AskSettlers {
  resolve(reply: unknown): void;
  /** Fails it with what its asker gave. */
  reject(reason: unknown): void;
  /** Fails it with an error that was made for it. */
  fail(error: unknown): void;
}

/** An ask that has begun. */
export interface BegunAsk {
  readonly number: number;
  /** Its message, until that leaves this place. */
  unsent: Envelope | undefined;
}

/**
 * An ask that waits for its reply. Asks of one timeout form a list, oldest first. A class, since V8 makes objects that are written out where they
 * are needed as old ones when many lived long once, and each old one that is gone keeps what it had through a collection of young ones.
 */
class PendingAsk implements BegunAsk {
  readonly number: number;
  unsent: Envelope | undefined;
  readonly to: ActorId;
  readonly message: string;
  readonly timeoutMs: number;
  readonly dueAtMs: number;
  readonly settlers: AskSettlers;
  readonly errors: ErrorClasses | undefined;
  unlisten: (() => void) | undefined;
  /** The epoch its message was last sent by; replies of older ones are refused. */
  epoch: Epoch = 0;
  /** Where its message was last sent, or has come since by way of others; undefined while it waits for a route. */
  place: PlaceId | undefined;
  /** Its answer is owed, and does not end with its place. */
  kept = false;
  readonly lane: Lane;
  older: PendingAsk | undefined;
  newer: PendingAsk | undefined;

  constructor(
    number: number,
    to: ActorId,
    message: string,
    nowMs: number,
    timeoutMs: number,
    settlers: AskSettlers,
    errors: ErrorClasses | undefined,
    lane: Lane,
  ) {
    this.number = number;
    this.to = to;
    this.message = message;
    this.timeoutMs = timeoutMs;
    this.dueAtMs = nowMs + timeoutMs;
    this.settlers = settlers;
    this.errors = errors;
    this.lane = lane;
    this.older = lane.newest;
  }
}

/** The asks of one timeout expire in the order they began: one timer per timeout in use, not one per ask. */
interface Lane {
  /** Undefined for those whose time ends with that of the ask in hand: in no order, and looked through as the first is due. */
  readonly timeoutMs: number | undefined;
  oldest: PendingAsk | undefined;
  newest: PendingAsk | undefined;
  timer: Timer | undefined;
  /** When the next look at an unordered one is due. */
  looksAtMs: number;
}

/** The ports of asks. */
export interface AsksPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly timedOut: () => void;
  /** An ask is aborted whose message was sent to a place by an epoch. */
  readonly withdraw: (ask: number, to: ActorId, place: PlaceId, epoch: Epoch) => void;
}

/** How often at most the unordered asks are looked through: a look costs as much as there are. */
const looksEveryMs = 4;

/**
 * The asks of one place. Each settles once: by a reply, an error, its timeout, its signal, or the end of the place. Without one list of them
 * an ask could settle twice, or never when its place or its target ends.
 */
export class Asks {
  readonly #ports: AsksPorts;
  readonly #pending = new AskTable<PendingAsk>();
  readonly #lanes = new Map<number, Lane>();
  readonly #inherited: Lane = emptyLane(undefined);
  readonly #aborts = new Aborts();
  #last = 0;

  constructor(ports: AsksPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Begins an ask; `errors`: the classes that its actor's kind lists. `inherited`: its time is what the ask in hand has left, and so hardly ever
   * that of another one.
   */
  begin(
    to: ActorId,
    message: string,
    nowMs: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    settlers: AskSettlers,
    errors?: ErrorClasses,
    inherited = false,
  ): BegunAsk {
    const number = ++this.#last;
    const lane = inherited ? this.#inherited : this.#lane(timeoutMs);
    const pending = new PendingAsk(number, to, message, nowMs, timeoutMs, settlers, errors, lane);
    if (pending.older === undefined) lane.oldest = pending;
    else pending.older.newer = pending;
    lane.newest = pending;
    this.#pending.add(pending);
    this.#arm(lane, pending.dueAtMs, nowMs);
    if (signal !== undefined) pending.unlisten = this.#aborts.add(signal, () => this.abort(number, signal.reason));
    return pending;
  }

  /** The actor of an ask that waits, and the place that it was sent to; undefined: it has no place yet, or is settled. */
  whereIs(ask: number): { readonly to: ActorId; readonly place: PlaceId } | undefined {
    const { to, place } = this.#pending.get(ask) ?? {};
    return to === undefined || place === undefined ? undefined : { to, place };
  }

  /** True while it waits for its reply. */
  isPending(ask: number): boolean {
    return this.#pending.get(ask) !== undefined;
  }

  /** Fails an ask with a reason that its asker has, and takes its message back wherever that is. */
  abort(ask: number, reason: unknown): void {
    const pending = this.#take(ask);
    if (pending === undefined) return;
    const { to, place, epoch, unsent, settlers } = pending;
    if (place !== undefined) this.#ports.withdraw(ask, to, place, epoch);
    else if (unsent !== undefined) expire(unsent);
    settlers.reject(reason);
  }

  /** Its message was sent to a place by an epoch. */
  sent(ask: number, place: PlaceId, epoch: Epoch): void {
    const pending = this.#pending.get(ask);
    if (pending === undefined) return;
    pending.place = place;
    pending.epoch = epoch;
    pending.unsent = undefined;
  }

  /**
   * Its message is at a place by now, since its actor has gone there. Late word of an earlier place changes nothing. Nobody waits for it any more:
   * it may have been on its way when it was taken back. `kept`: its answer is owed, and others stand by for it: it does not end with that place.
   */
  isAt(ask: number, to: ActorId, place: PlaceId, epoch: Epoch, kept = false): void {
    const pending = this.#pending.get(ask);
    if (pending === undefined) this.#ports.withdraw(ask, to, place, epoch);
    if (pending?.place === undefined || pending.to !== to || epoch < pending.epoch) return;
    pending.place = place;
    pending.epoch = epoch;
    pending.kept = kept;
  }

  /** Its actor has gone on, with it or ahead of it. Nobody waits for it any more: that place is to hear so. */
  wentOn(ask: number, to: ActorId, place: PlaceId, epoch: Epoch): void {
    if (this.#pending.get(ask) === undefined) this.#ports.withdraw(ask, to, place, epoch);
  }

  /** How many wait at certain places, by the latest word. */
  waitingAt(isThere: (place: PlaceId) => boolean): number {
    let waiting = 0;
    for (const { place } of this.#pending.all()) if (place !== undefined && isThere(place)) waiting++;
    return waiting;
  }

  /** Its message came back, and waits for a route; unless nobody waits for it any more. */
  bounced(envelope: Envelope): void {
    const pending = this.#pending.get(envelope.ask);
    if (pending === undefined) {
      expire(envelope);
      return;
    }
    pending.place = undefined;
    pending.unsent = envelope;
  }

  /** True when the ask waits for a reply and an answer by `epoch` may settle it. */
  accepts(ask: number, epoch: Epoch): boolean {
    const pending = this.#pending.get(ask);
    return pending !== undefined && epoch >= pending.epoch;
  }

  /** The error classes that the kind of an ask's actor lists. */
  errorsOf(ask: number): ErrorClasses | undefined {
    return this.#pending.get(ask)?.errors;
  }

  reply(ask: number, reply: unknown): void {
    this.#take(ask)?.settlers.resolve(reply);
  }

  fail(ask: number, error: unknown): void {
    this.#take(ask)?.settlers.fail(error);
  }

  /** Fails the asks that were sent and of which `lossOf` says, by actor, place and epoch, what they were lost to. */
  failLost(lossOf: (to: ActorId, place: PlaceId, epoch: Epoch) => Error | undefined): void {
    for (const { number: ask, to, place, epoch, kept } of this.#pending.all()) {
      const error = place === undefined || kept ? undefined : lossOf(to, place, epoch);
      if (error !== undefined) this.fail(ask, error);
    }
  }

  /** Fails them all: the place ends. */
  close(): void {
    for (const { number: ask, to } of this.#pending.all()) {
      const text = `the hub was closed while an ask to actor ${to} waited`;
      this.fail(
        ask,
        withoutStack(() => new HubClosed(text)),
      );
    }
    for (const lane of [...this.#lanes.values(), this.#inherited]) lane.timer?.cancel();
    this.#lanes.clear();
  }

  #lane(timeoutMs: number): Lane {
    let lane = this.#lanes.get(timeoutMs);
    if (lane === undefined) {
      lane = emptyLane(timeoutMs);
      this.#lanes.set(timeoutMs, lane);
    }
    return lane;
  }

  #take(ask: number): PendingAsk | undefined {
    const pending = this.#pending.take(ask);
    if (pending === undefined) return undefined;
    const { lane, older, newer } = pending;
    if (older === undefined) lane.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) lane.newest = older;
    else newer.older = older;
    // One that is old, and gone, would keep the next one alive through a collection of young objects, and that the one after it, and so on.
    pending.older = undefined;
    pending.newer = undefined;
    this.#ports.checks.invariant(
      this.#pending.size > 0 || (lane.oldest === undefined && lane.newest === undefined),
      "no ask waits in a list when none is pending",
    );
    pending.unlisten?.();
    if (lane.oldest === undefined && this.#lanes.size > lanesKept) this.#endLane(lane);
    return pending;
  }

  /**
   * Looks at a list when its oldest ask is due; at an unordered one, when any is. A long wait goes in whole seconds first: Node keeps something of
   * each length it was ever given.
   */
  #arm(lane: Lane, dueAtMs: number, nowMs: number): void {
    if (lane.timer !== undefined) {
      if (lane.timeoutMs !== undefined || lane.looksAtMs <= dueAtMs) return;
      lane.timer.cancel();
    }
    const leftMs = Math.max(lane.timeoutMs === undefined ? looksEveryMs : 1, dueAtMs - nowMs);
    const waitMs = leftMs <= secondMs ? leftMs : leftMs - (leftMs % secondMs);
    lane.looksAtMs = nowMs + waitMs;
    lane.timer = this.#ports.clock.setTimeout(() => this.#sweep(lane), waitMs);
  }

  #endLane(lane: Lane): void {
    if (lane.timeoutMs === undefined) return;
    lane.timer?.cancel();
    lane.timer = undefined;
    if (this.#lanes.get(lane.timeoutMs) === lane) this.#lanes.delete(lane.timeoutMs);
  }

  #sweep(lane: Lane): void {
    lane.timer = undefined;
    const nowMs = this.#ports.clock.now();
    const isOrdered = lane.timeoutMs !== undefined;
    const due: PendingAsk[] = [];
    for (let ask = lane.oldest; ask !== undefined; ask = ask.newer) {
      if (ask.dueAtMs <= nowMs) due.push(ask);
      else if (isOrdered) break;
    }
    // Who hears of one may abort others of them, or ask anew.
    for (const ask of due) if (this.#pending.get(ask.number) === ask) this.#timeOut(ask, !isOrdered);
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (let ask = lane.oldest; ask !== undefined; ask = isOrdered ? undefined : ask.newer)
      nextAtMs = Math.min(nextAtMs, ask.dueAtMs);
    if (lane.oldest === undefined) this.#endLane(lane);
    else this.#arm(lane, nextAtMs, nowMs);
  }

  #timeOut({ number, to, message, timeoutMs }: PendingAsk, inherited: boolean): void {
    this.#ports.timedOut();
    const shownMs = inherited ? Math.round(timeoutMs) : timeoutMs;
    const why = inherited ? ", all that the asker's own caller had left" : "";
    const text = `no reply from actor ${to} to ${message} within ${shownMs} ms${why}`;
    this.fail(
      number,
      withoutStack(() => new AskTimeout(text, { id: to, message, timeoutMs: shownMs })),
    );
  }
}

function emptyLane(timeoutMs: number | undefined): Lane {
  return { timeoutMs, oldest: undefined, newest: undefined, timer: undefined, looksAtMs: 0 };
}
