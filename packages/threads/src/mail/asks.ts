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

/** An ask that waits for its reply. Asks of one timeout form a list, oldest first. */
interface PendingAsk {
  readonly number: number;
  readonly to: ActorId;
  readonly message: string;
  readonly dueAtMs: number;
  readonly settlers: AskSettlers;
  readonly errors: ErrorClasses | undefined;
  unlisten: (() => void) | undefined;
  /** The epoch its message was last sent by; replies of older ones are refused. */
  epoch: Epoch;
  /** Where its message was last sent, or has come since by way of others; undefined while it waits for a route. */
  place: PlaceId | undefined;
  readonly lane: Lane;
  older: PendingAsk | undefined;
  newer: PendingAsk | undefined;
}

/** The asks of one timeout expire in the order they began: one timer per timeout in use, not one per ask. */
interface Lane {
  readonly timeoutMs: number;
  oldest: PendingAsk | undefined;
  newest: PendingAsk | undefined;
  timer: Timer | undefined;
}

/**
 * The asks of one place. Each settles once: by a reply, an error, its timeout, its signal, or the end of the place. Without one list of them
 * an ask could settle twice, or never when its place or its target ends.
 */
export class Asks {
  readonly #clock: Clock;
  readonly #checks: Checks;
  readonly #onTimeout: () => void;
  readonly #pending = new Map<number, PendingAsk>();
  readonly #lanes = new Map<number, Lane>();
  readonly #aborts = new Aborts();
  #last = 0;

  constructor(clock: Clock, checks: Checks, onTimeout: () => void) {
    this.#clock = clock;
    this.#checks = checks;
    this.#onTimeout = onTimeout;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Begins an ask and returns its number; `errors`: the classes that its actor's kind lists. */
  begin(
    to: ActorId,
    message: string,
    nowMs: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    settlers: AskSettlers,
    errors?: ErrorClasses,
  ): number {
    const number = ++this.#last;
    const lane = this.#lane(timeoutMs);
    const older = lane.newest;
    const pending: PendingAsk = {
      number,
      to,
      message,
      dueAtMs: nowMs + timeoutMs,
      settlers,
      errors,
      unlisten: undefined,
      epoch: 0,
      place: undefined,
      lane,
      older,
      newer: undefined,
    };
    if (older === undefined) lane.oldest = pending;
    else older.newer = pending;
    lane.newest = pending;
    this.#pending.set(number, pending);
    this.#arm(lane, timeoutMs);
    if (signal !== undefined) {
      pending.unlisten = this.#aborts.add(signal, () => this.#take(number)?.settlers.reject(signal.reason));
    }
    return number;
  }

  /** Its message was sent to a place by an epoch. */
  sent(ask: number, place: PlaceId, epoch: Epoch): void {
    const pending = this.#pending.get(ask);
    if (pending === undefined) return;
    pending.place = place;
    pending.epoch = epoch;
  }

  /** Its message is at a place by now, since its actor has gone there. Late word of an earlier place changes nothing. */
  isAt(ask: number, place: PlaceId, epoch: Epoch): void {
    const pending = this.#pending.get(ask);
    if (pending?.place === undefined || epoch < pending.epoch) return;
    pending.place = place;
    pending.epoch = epoch;
  }

  /** How many wait at certain places, by the latest word. */
  waitingAt(isThere: (place: PlaceId) => boolean): number {
    let waiting = 0;
    for (const { place } of this.#pending.values()) if (place !== undefined && isThere(place)) waiting++;
    return waiting;
  }

  /** Its message came back, and waits for a route. */
  bounced(ask: number): void {
    const pending = this.#pending.get(ask);
    if (pending !== undefined) pending.place = undefined;
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
    for (const [ask, { to, place, epoch }] of this.#pending) {
      const error = place === undefined ? undefined : lossOf(to, place, epoch);
      if (error !== undefined) this.fail(ask, error);
    }
  }

  /** Fails them all: the place ends. */
  close(): void {
    for (const [ask, { to }] of this.#pending) {
      const text = `the hub was closed while an ask to actor ${to} waited`;
      this.fail(
        ask,
        withoutStack(() => new HubClosed(text)),
      );
    }
    for (const lane of this.#lanes.values()) lane.timer?.cancel();
    this.#lanes.clear();
  }

  #lane(timeoutMs: number): Lane {
    let lane = this.#lanes.get(timeoutMs);
    if (lane === undefined) {
      lane = { timeoutMs, oldest: undefined, newest: undefined, timer: undefined };
      this.#lanes.set(timeoutMs, lane);
    }
    return lane;
  }

  #take(ask: number): PendingAsk | undefined {
    const pending = this.#pending.get(ask);
    if (pending === undefined) return undefined;
    this.#pending.delete(ask);
    const { lane, older, newer } = pending;
    if (older === undefined) lane.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) lane.newest = older;
    else newer.older = older;
    this.#checks.invariant(
      this.#pending.size > 0 || (lane.oldest === undefined && lane.newest === undefined),
      "no ask waits in a list when none is pending",
    );
    pending.unlisten?.();
    if (lane.oldest === undefined && this.#lanes.size > lanesKept) this.#endLane(lane);
    return pending;
  }

  /** Looks at a list when its oldest ask is due. A long wait goes in whole seconds first: Node keeps something of each length it was ever given. */
  #arm(lane: Lane, leftMs: number): void {
    const waitMs = leftMs <= secondMs ? leftMs : leftMs - (leftMs % secondMs);
    lane.timer ??= this.#clock.setTimeout(() => this.#sweep(lane), waitMs);
  }

  #endLane(lane: Lane): void {
    lane.timer?.cancel();
    lane.timer = undefined;
    if (this.#lanes.get(lane.timeoutMs) === lane) this.#lanes.delete(lane.timeoutMs);
  }

  #sweep(lane: Lane): void {
    lane.timer = undefined;
    const nowMs = this.#clock.now();
    const { timeoutMs } = lane;
    for (let ask = lane.oldest; ask !== undefined && ask.dueAtMs <= nowMs; ask = lane.oldest) {
      this.#onTimeout();
      const { to, message } = ask;
      const text = `no reply from actor ${to} to ${message} within ${timeoutMs} ms`;
      this.fail(
        ask.number,
        withoutStack(() => new AskTimeout(text, { id: to, message, timeoutMs })),
      );
    }
    if (lane.oldest === undefined) this.#endLane(lane);
    else this.#arm(lane, Math.max(1, lane.oldest.dueAtMs - nowMs));
  }
}
