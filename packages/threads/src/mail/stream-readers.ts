/**
 * The streams that are read at one place: their items in order, and the credit that goes back for them.
 * Without it items would have no reader to go to, a slow reader would be sent all that an actor can make, and a lost actor would look like the end of
 * its stream.
 */
import {
  AbortReason,
  type ActorId,
  AskTimeout,
  type Clock,
  decode,
  type ErrorCode,
  HubError,
  InvalidReply,
  type ItemFrame,
  type PlaceId,
  StreamCut,
  streamWindow,
  type Timer,
} from "@process-hub/protocol";
import type { AskSettlers } from "./asks.js";

/** The longest that a stream may be open, in ms: what the machine's timers take. */
export const streamMs = 2 ** 31 - 1;

/** Errors that say what the stream was lost to, and not what its generator threw. */
const losses = new Set<ErrorCode>([
  "NodeDown",
  "ThreadExited",
  "ActorStopped",
  "ActorCrashed",
  "OutcomeUnknown",
  "HubClosed",
  "StreamCut",
]);

/** How a reader reaches the actor. */
export interface StreamPorts {
  readonly clock: Clock;
  readonly to: ActorId;
  readonly message: string;
  /** How long it may take to begin. */
  readonly timeoutMs: number;
  /** Opens it; the ask's number. Throws what an ask rejects with at once. */
  readonly open: (reader: StreamReader) => number;
  /** The reader has room for more, at the place that its items come from. */
  readonly more: (place: PlaceId, ask: number, items: number) => void;
  readonly abort: (ask: number, reason: unknown) => void;
  /** Nothing more comes. */
  readonly closed: (ask: number) => void;
}

interface Wait {
  resolve(result: IteratorResult<unknown, void>): void;
  reject(error: unknown): void;
}

/** The items of one stream as its reader takes them, from the first `next()` on. */
export class StreamReader implements AsyncGenerator<unknown, void, undefined>, AskSettlers {
  readonly #ports: StreamPorts;
  #ask: number | undefined;
  readonly #items: unknown[] = [];
  readonly #waits: Wait[] = [];
  #received = 0;
  #taken = 0;
  #begun = false;
  #late: Timer | undefined;
  /** How it ended; undefined: it has not. */
  #end: { readonly error?: unknown } | undefined;
  #place: PlaceId | undefined;

  constructor(ports: StreamPorts) {
    this.#ports = ports;
  }

  next(): Promise<IteratorResult<unknown, void>> {
    if (this.#ask === undefined && this.#end === undefined) this.#open();
    return new Promise((resolve, reject) => {
      this.#waits.push({ resolve, reject });
      this.#give();
    });
  }

  async return(): Promise<IteratorResult<unknown, void>> {
    this.#stop(new AbortReason("Aborted", "its reader has ended the stream"));
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<unknown, void>> {
    this.#stop(error);
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** An item has come, or the word that it has begun. */
  take([, , , , index, bytes]: ItemFrame, from: PlaceId): void {
    this.#place = from;
    this.#hasBegun();
    if (bytes === null || this.#end !== undefined) return;
    if (index !== this.#received + 1) {
      this.#fail(new StreamCut("an item was lost on its way", { why: "lost" }));
      return;
    }
    this.#received++;
    try {
      this.#items.push(decode(bytes));
    } catch (error) {
      this.#fail(new InvalidReply(`an item of stream ${this.#ports.message} cannot be read`, { id: this.#ports.to }, error));
      return;
    }
    this.#give();
  }

  /** It is complete. */
  resolve(): void {
    this.#over({});
  }

  /** It was aborted by its reader, or cannot be opened. */
  reject(reason: unknown): void {
    this.#over({ error: this.#cutBy(reason) });
  }

  fail(error: unknown): void {
    this.#over({ error: this.#cutBy(error) });
  }

  #open(): void {
    const { clock, to, message, timeoutMs } = this.#ports;
    try {
      this.#ask = this.#ports.open(this);
    } catch (error) {
      this.#over({ error });
      return;
    }
    if (this.#end !== undefined) this.#ports.closed(this.#ask);
    if (this.#end !== undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
    const late = (): void =>
      this.#fail(
        new AskTimeout(`stream ${message} of actor ${to} has not begun within ${timeoutMs} ms`, { id: to, message, timeoutMs }),
      );
    this.#late = clock.setTimeout(late, timeoutMs);
  }

  #hasBegun(): void {
    this.#begun = true;
    this.#late?.cancel();
    this.#late = undefined;
  }

  #fail(error: unknown): void {
    this.#end ??= { error: this.#cutBy(error) };
    if (this.#ask !== undefined) this.#ports.abort(this.#ask, error);
    this.#over({ error });
  }

  /** Its reader has had enough. */
  #stop(reason: unknown): void {
    const isOpen = this.#end === undefined;
    this.#end = {};
    if (isOpen && this.#ask !== undefined) this.#ports.abort(this.#ask, reason);
    this.#items.length = 0;
    this.#over({});
  }

  #over(end: { readonly error?: unknown }): void {
    this.#late?.cancel();
    this.#end ??= end;
    if (this.#ask !== undefined) this.#ports.closed(this.#ask);
    this.#give();
  }

  /** Gives what has come to those who wait for it; the error last, and once. */
  #give(): void {
    for (let wait = this.#waits[0]; wait !== undefined; wait = this.#waits[0]) {
      if (this.#items.length > 0) {
        this.#waits.shift();
        wait.resolve({ done: false, value: this.#items.shift() });
        this.#credit();
      } else if (this.#end !== undefined) {
        this.#waits.shift();
        const { error } = this.#end;
        this.#end = {};
        if (error === undefined) wait.resolve({ done: true, value: undefined });
        else wait.reject(error);
      } else return;
    }
  }

  #credit(): void {
    const half = streamWindow / 2;
    if (++this.#taken % half !== 0 || this.#end !== undefined || this.#ask === undefined || this.#place === undefined) return;
    this.#ports.more(this.#place, this.#ask, half);
  }

  /** A loss cuts a stream that had begun; what its generator threw is told as it is. */
  #cutBy(error: unknown): unknown {
    if (!this.#begun || !(error instanceof HubError) || !losses.has(error.code)) return error;
    const { to, message } = this.#ports;
    const why = error instanceof StreamCut ? (error.fields.why ?? "StreamCut") : error.code;
    const text = `stream ${message} of actor ${to} was cut after ${this.#received} items: ${error.message}`;
    return new StreamCut(text, { id: to, message, items: this.#received, why }, error);
  }
}

/** Those of one place, by the number of the ask that opened them. */
export class StreamReaders {
  readonly #reading = new Map<number, StreamReader>();

  /** How many are open. */
  get size(): number {
    return this.#reading.size;
  }

  opened(ask: number, reader: StreamReader): void {
    this.#reading.set(ask, reader);
  }

  closed(ask: number): void {
    this.#reading.delete(ask);
  }

  /** An item for the reader of a stream; nobody reads it any more: it is dropped. */
  take(frame: ItemFrame, from: PlaceId): void {
    this.#reading.get(frame[2])?.take(frame, from);
  }
}
