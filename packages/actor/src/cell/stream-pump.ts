/**
 * Draws a stream from its generator for as long as its reader has room, and ends it when that ends.
 * Without it a generator would run ahead of its reader without bound, or go on when nobody reads.
 */
import { type Bytes, encode, InvalidReply, largeInput, StreamCut, streamWindow } from "@process-hub/protocol";
import type { Handler } from "../definition/definition.js";
import { firstIssue } from "../definition/first-issue.js";
import type { CellCore } from "./cell-core.js";
import type { Envelope } from "./envelope.js";

/** How often a stream looks whether its node may serve again: others may have gone on without it. */
const fencedLookMs = 20;

type Drawn = AsyncIterator<unknown> | Iterator<unknown>;

/** One stream that an actor gives. */
export class StreamPump {
  readonly #cell: CellCore;
  readonly #envelope: Envelope;
  readonly #handler: Handler;
  #room = streamWindow;
  #sent = 0;
  #why: string | undefined;
  #wake: (() => void) | undefined;

  constructor(cell: CellCore, envelope: Envelope, handler: Handler) {
    this.#cell = cell;
    this.#envelope = envelope;
    this.#handler = handler;
  }

  /** True when it was ended before it was complete. */
  get isCut(): boolean {
    return this.#why !== undefined;
  }

  /** Its reader has room for more items. */
  more(items: number): void {
    // A reader that claims more than was sent is not believed.
    this.#room = Math.min(streamWindow, this.#room + items);
    this.#goOn();
  }

  /** The generator is ended at its next `yield`, or where it waits for its reader. */
  cut(why: string): void {
    this.#why ??= why;
    this.#goOn();
  }

  /** Sends what the handler's result yields. Resolves when that is complete; rejects with what it throws, `InvalidReply` for what it may not yield, or `StreamCut`. */
  async run(result: unknown): Promise<void> {
    const items = this.#iterator(result);
    const { host, epoch } = this.#cell;
    host.item(this.#envelope, epoch, 0, null);
    try {
      for (let next = await this.#next(items); next !== undefined; next = await this.#next(items))
        host.item(this.#envelope, epoch, ++this.#sent, this.#closed(next.value));
    } catch (error) {
      await items.return?.();
      throw this.#why === undefined ? error : this.#cutError(error);
    }
    if (this.#why !== undefined) throw this.#cutError();
  }

  /** The next item, when there is room for one; undefined: there is none. */
  async #next(items: Drawn): Promise<{ readonly value: unknown } | undefined> {
    const { host } = this.#cell;
    while (this.#why === undefined && (this.#room === 0 || host.isFenced))
      await this.#wait(host.isFenced ? fencedLookMs : undefined);
    if (this.#why !== undefined) {
      await items.return?.();
      return undefined;
    }
    const { done, value } = await items.next();
    if (done === true) return undefined;
    if (this.#why !== undefined) return this.#next(items);
    this.#room--;
    return { value };
  }

  /** Until its reader has room, or it is ended, or for so long. */
  async #wait(lookMs: number | undefined): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    const timer = lookMs === undefined ? undefined : this.#cell.host.clock.setTimeout(() => this.#goOn(), lookMs);
    await woken;
    timer?.cancel();
  }

  #goOn(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #iterator(result: unknown): Drawn {
    const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = (result ?? {}) as Partial<
      AsyncIterable<unknown> & Iterable<unknown>
    >;
    if (typeof async === "function") return async.call(result);
    if (typeof sync === "function") return sync.call(result);
    const { to, name } = this.#envelope;
    throw new InvalidReply(
      `stream ${name} of actor ${this.#cell.spec.actor} is no generator: write async function* (state, input, ctx) {}`,
      {
        id: to,
        message: name,
      },
    );
  }

  /** An item as it travels. */
  #closed(value: unknown): Bytes {
    const { to, name } = this.#envelope;
    const { spec, host } = this.#cell;
    const parsed = this.#handler.items?.parser?.safeParse(value);
    if (parsed?.success === false)
      throw new InvalidReply(`an item of stream ${name} of actor ${spec.actor}: ${firstIssue(parsed.error)}`, {
        id: to,
        message: name,
      });
    const item = encode(parsed === undefined ? value : parsed.data, "item");
    const { messageBytes = Number.POSITIVE_INFINITY } = host.limits;
    if (item.byteLength > messageBytes) throw largeInput(to, name, item.byteLength, messageBytes);
    return item;
  }

  #cutError(cause?: unknown): StreamCut {
    const { to, name } = this.#envelope;
    const text = `stream ${name} of actor ${to} was cut after ${this.#sent} items: ${this.#why}`;
    return new StreamCut(text, { id: to, message: name, items: this.#sent }, cause);
  }
}
