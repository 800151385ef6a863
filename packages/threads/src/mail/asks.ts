import { type ActorId, AskTimeout, type Clock, type Epoch, HubClosed, type PlaceId, type Timer } from "@process-hub/protocol";

/** An ask that waits for its reply. */
interface PendingAsk {
  readonly to: ActorId;
  readonly message: string;
  readonly timeoutMs: number;
  readonly settle: (error: unknown, reply: unknown) => void;
  unlisten: (() => void) | undefined;
  /** The epoch its letter was last sent by; replies of older ones are refused. */
  epoch: Epoch;
  /** Where its letter was last sent; undefined while it waits for a route. */
  place: PlaceId | undefined;
}

interface Lane {
  readonly timeoutMs: number;
  readonly queue: { readonly ask: number; readonly dueAtMs: number }[];
  head: number;
  timer: Timer | undefined;
}

/** The asks of one place. Each settles once: by a reply, an error, its timeout, its signal, or the end of the place. */
export class Asks {
  readonly #clock: Clock;
  readonly #onTimeout: () => void;
  readonly #pending = new Map<number, PendingAsk>();
  /** Asks of one timeout expire in the order they began: one timer per timeout in use, not one per ask. */
  readonly #lanes = new Map<number, Lane>();
  #last = 0;

  constructor(clock: Clock, onTimeout: () => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Begins an ask and returns its number. */
  begin(to: ActorId, message: string, timeoutMs: number, signal: AbortSignal | undefined, settle: PendingAsk["settle"]): number {
    const ask = ++this.#last;
    const pending: PendingAsk = { to, message, timeoutMs, settle, unlisten: undefined, epoch: 0, place: undefined };
    this.#pending.set(ask, pending);
    this.#expire(ask, timeoutMs);
    if (signal !== undefined) {
      const abort = (): void => this.fail(ask, signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      pending.unlisten = () => signal.removeEventListener("abort", abort);
    }
    return ask;
  }

  /** Its letter was sent to a place by an epoch. */
  sent(ask: number, place: PlaceId, epoch: Epoch): void {
    const pending = this.#pending.get(ask);
    if (pending === undefined) return;
    pending.place = place;
    pending.epoch = epoch;
  }

  /** True when the ask waits for a reply and an answer by `epoch` may settle it. */
  accepts(ask: number, epoch: Epoch): boolean {
    const pending = this.#pending.get(ask);
    return pending !== undefined && epoch >= pending.epoch;
  }

  reply(ask: number, reply: unknown): void {
    this.#take(ask)?.settle(undefined, reply);
  }

  fail(ask: number, error: unknown): void {
    this.#take(ask)?.settle(error, undefined);
  }

  /** Fails the asks that were sent and that `lost` recognises by actor and place. */
  failWhere(lost: (to: ActorId, place: PlaceId) => boolean, error: (to: ActorId) => Error): void {
    for (const [ask, pending] of this.#pending) {
      if (pending.place !== undefined && lost(pending.to, pending.place)) this.fail(ask, error(pending.to));
    }
  }

  /** Fails them all: the place ends. */
  close(): void {
    for (const [ask, { to }] of this.#pending)
      this.fail(ask, new HubClosed(`the hub was closed while an ask to actor ${to} waited`));
    for (const lane of this.#lanes.values()) lane.timer?.cancel();
    this.#lanes.clear();
  }

  #take(ask: number): PendingAsk | undefined {
    const pending = this.#pending.get(ask);
    if (pending === undefined) return undefined;
    this.#pending.delete(ask);
    pending.unlisten?.();
    return pending;
  }

  #expire(ask: number, timeoutMs: number): void {
    let lane = this.#lanes.get(timeoutMs);
    if (lane === undefined) {
      lane = { timeoutMs, queue: [], head: 0, timer: undefined };
      this.#lanes.set(timeoutMs, lane);
    }
    lane.queue.push({ ask, dueAtMs: this.#clock.now() + timeoutMs });
    if (lane.timer === undefined) this.#arm(lane);
  }

  #arm(lane: Lane): void {
    while (lane.head < lane.queue.length && !this.#pending.has(lane.queue[lane.head]?.ask ?? 0)) lane.head++;
    if (lane.head > 1024 || lane.head === lane.queue.length) {
      lane.queue.splice(0, lane.head);
      lane.head = 0;
    }
    const first = lane.queue[lane.head];
    if (first === undefined) {
      lane.timer = undefined;
      this.#lanes.delete(lane.timeoutMs);
      return;
    }
    lane.timer = this.#clock.setTimeout(() => this.#sweep(lane), Math.max(1, first.dueAtMs - this.#clock.now()));
  }

  #sweep(lane: Lane): void {
    const nowMs = this.#clock.now();
    for (let entry = lane.queue[lane.head]; entry !== undefined && entry.dueAtMs <= nowMs; entry = lane.queue[lane.head]) {
      lane.head++;
      const pending = this.#pending.get(entry.ask);
      if (pending === undefined) continue;
      this.#onTimeout();
      const { to, message, timeoutMs } = pending;
      this.fail(
        entry.ask,
        new AskTimeout(`no reply from actor ${to} to ${message} within ${timeoutMs} ms`, { id: to, message, timeoutMs }),
      );
    }
    this.#arm(lane);
  }
}
