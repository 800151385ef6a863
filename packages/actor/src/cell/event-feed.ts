/**
 * What an actor emitted lately under one name, by number, and the places that listen.
 * Without it each place would have to be told at once, and one that was slow or away would have missed something without a word.
 */
import { type Bytes, eventCredit, type Feed, type Life, type PlaceId, type ResyncReason } from "@process-hub/protocol";

/** A life begins so far above the one before: more than that can have told beyond what a standby knows of it. */
const numbersPerLife = 2 ** 20;

/** A listener's word may raise the numbers by so many, and no further. */
const furthestJump = 2 ** 32;

/** More than `keep` are kept while a listener has not taken them, up to so many bytes. */
const extraBytes = 2 ** 20;

/** One frame has so many bytes of payloads, or one event. */
const batchBytes = 64 * 1024;

/** A place that listened where the actor was before is waited for so long: meanwhile what it has not taken is kept. */
export const awaitedMs = 30_000;

/** An event by its number. */
export type FeedItem = [seq: number, payload: Bytes];

/** Events that follow on number `after`. */
export interface FeedBatch {
  readonly after: number;
  readonly resync?: ResyncReason | undefined;
  readonly items: readonly FeedItem[];
  /** There are more by now. */
  readonly more: boolean;
}

interface Listener {
  /** The last one on its way to it, and the last one that it has taken. */
  sent: number;
  taken: number;
  /** Until when it is waited for, since it listened elsewhere; 0: it listens here. */
  awaitedUntilMs: number;
}

/** The events of one name of one actor. */
export class EventFeed {
  readonly event: string;
  readonly term: string;
  readonly #keep: number;
  readonly #window: FeedItem[] = [];
  readonly #listeners = new Map<PlaceId, Listener>();
  #next: number;
  #bytes = 0;
  /** The last one that may leave. */
  #released: number;
  /** Numbers up to this one were left out, and events before it are told no more. */
  #leftOut = 0;

  /** `known`: it goes on as that one, whose listeners are waited for. */
  constructor(event: string, keep: number, life: Pick<Life, "name" | "restarts">, known?: Feed, nowMs = 0) {
    this.event = event;
    this.#keep = keep;
    this.term = known?.term ?? life.name;
    this.#next = known?.next ?? life.restarts * numbersPerLife + 1;
    for (const [seq, payload] of known?.window ?? []) {
      this.#window.push([seq, payload]);
      this.#bytes += payload.byteLength;
    }
    for (const [place, taken] of known?.listeners ?? [])
      this.#listeners.set(place, { sent: taken, taken, awaitedUntilMs: nowMs + awaitedMs });
    this.#released = this.#next - 1;
  }

  /** One that goes on after a state which may not hold all that was told: a history of its own, whose numbers begin far above. */
  static after(known: Feed, keep: number, life: Pick<Life, "name" | "restarts">): EventFeed {
    const feed = new EventFeed(known.event, keep, life);
    if (known.next > feed.#next) feed.#leaveOut(known.next - 1);
    return feed;
  }

  /** True when somebody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  get listeners(): PlaceId[] {
    return [...this.#listeners.keys()];
  }

  /** Takes in an event, which may leave when it is released. Returns its number. */
  add(payload: Bytes, nowMs: number): number {
    const seq = this.#next++;
    this.#window.push([seq, payload]);
    this.#bytes += payload.byteLength;
    this.#prune(nowMs);
    return seq;
  }

  /** All up to this number may leave. */
  release(seq: number): void {
    this.#released = Math.max(this.#released, seq);
  }

  /** As it travels with its actor. */
  wire(): Feed {
    const { event, term } = this;
    const listeners = [...this.#listeners].map(([place, { taken }]): [PlaceId, number] => [place, taken]);
    return { event, term, next: this.#next, window: this.#window.map(([seq, payload]) => [seq, payload]), listeners };
  }

  /**
   * A place listens, after a number of a history (null: from now on). The first events for it, after which `next` has the others; `once`: it does
   * not listen beside that.
   */
  listen(place: PlaceId, since: number | null, term: string | null, once: boolean): FeedBatch {
    const isOther = term !== null && term !== this.term;
    // It has heard more of another history than this one has numbers for: these go on above, so that its own never go back.
    if (isOther && since !== null && since >= this.#next) this.#leaveOut(since);
    const after = since === null || since > this.#released ? this.#released : since;
    const gap = isOther || (since ?? after) > after ? "restarted" : undefined;
    const batch = this.#batch(after, "window", gap);
    const sent = batch.items.at(-1)?.[0] ?? batch.after;
    if (!once) this.#listeners.set(place, { sent, taken: batch.after, awaitedUntilMs: 0 });
    return batch;
  }

  unlisten(place: PlaceId): void {
    this.#listeners.delete(place);
  }

  /** A listener has taken them in up to this number. */
  taken(place: PlaceId, seq: number): void {
    const listener = this.#listeners.get(place);
    if (listener !== undefined) listener.taken = Math.max(listener.taken, Math.min(seq, listener.sent));
  }

  /** The next events for a listener; undefined when there are none, or it has not taken enough of those before (`all`: however few it has). */
  next(place: PlaceId, all = false): FeedBatch | undefined {
    const listener = this.#listeners.get(place);
    if (listener === undefined || listener.awaitedUntilMs > 0 || listener.sent >= this.#released) return undefined;
    if (!all && listener.sent - listener.taken >= eventCredit) return undefined;
    const batch = this.#batch(listener.sent, "slow");
    if (batch.after > listener.sent) listener.taken = batch.after;
    listener.sent = batch.items.at(-1)?.[0] ?? batch.after;
    return batch;
  }

  /** What follows on a number, as far as it is kept; `missing`: the reason where some are not. */
  #batch(after: number, missing: ResyncReason, gap?: ResyncReason): FeedBatch {
    const [oldest] = this.#window;
    const from = oldest === undefined ? this.#released : oldest[0] - 1;
    // Between two histories numbers are left out, and no event.
    const isKept = after >= from || after >= this.#next - 1;
    const start = isKept ? after : Math.min(from, this.#released);
    const resync = gap ?? (isKept ? undefined : after < this.#leftOut ? "restarted" : missing);
    const items: FeedItem[] = [];
    let bytes = 0;
    for (const item of this.#window) {
      if (item[0] <= start || item[0] > this.#released) continue;
      bytes += item[1].byteLength;
      if (items.length > 0 && (bytes > batchBytes || items.length === eventCredit)) break;
      items.push(item);
    }
    const more = (items.at(-1)?.[0] ?? this.#released) < this.#released;
    return { after: start, ...(resync === undefined ? {} : { resync }), items, more };
  }

  /** Its next number is above this one: those who listen hear so. */
  #leaveOut(seq: number): void {
    if (seq - this.#next > furthestJump || !Number.isSafeInteger(seq + numbersPerLife)) return;
    this.#next = seq + 1;
    this.#released = seq;
    this.#leftOut = seq;
    this.#window.length = 0;
    this.#bytes = 0;
  }

  /** Leaves out what is neither to be kept nor on its way to a listener that takes it. */
  #prune(nowMs: number): void {
    const window = this.#window;
    let extra = window.length - this.#keep;
    if (extra <= 0) return;
    let wanted = Number.POSITIVE_INFINITY;
    for (const [place, { taken, awaitedUntilMs }] of this.#listeners) {
      if (awaitedUntilMs > 0 && awaitedUntilMs <= nowMs) this.#listeners.delete(place);
      else wanted = Math.min(wanted, taken);
    }
    let drop = 0;
    // What must wait for a safe state before it leaves is kept as well.
    for (const [seq, payload] of window) {
      if (extra <= 0) break;
      if (seq > Math.min(wanted, this.#released) && extra <= eventCredit && this.#bytes <= extraBytes) break;
      this.#bytes -= payload.byteLength;
      drop++;
      extra--;
    }
    if (drop > 0) window.splice(0, drop);
  }
}
