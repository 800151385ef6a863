/*
 * One subscription of a main thread: calls its handler for each event, one after the other where that is async.
 * Without it a handler that takes its time would be called anew while it is at work, or the events for it would pile up.
 */
import { checkSince, type EventHandler, type EventSubscription, type SubscribeOptions } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  decode,
  eventCredit,
  HubClosed,
  optionError,
  type ResyncReason,
  shown,
  toWireError,
} from "@process-hub/protocol";
import type { End, EventName, Listener, Told } from "@process-hub/threads/mail";

/** Where a subscription listens. */
export interface Hears {
  add(name: EventName, listener: Listener, since: number | undefined): void;
  remove(listener: Listener): void;
  hasRoom(listener: Listener): void;
  log(level: "warn" | "error", message: string, data?: unknown): void;
}

type Call =
  | { readonly seq: number; readonly payload: Uint8Array }
  | { readonly missed: ResyncReason; readonly seq: number }
  | End;

/** A subscription, and who listens for it. */
export class Subscribed implements EventSubscription, Listener {
  readonly id: ActorId;
  readonly event: string;
  readonly ready: Promise<void>;
  readonly #hears: Hears;
  readonly #handler: EventHandler<unknown>;
  readonly #options: SubscribeOptions;
  readonly #name: EventName;
  /** What came while the handler was at work. */
  readonly #waiting: Call[] = [];
  #busy = false;
  #closed = false;
  #isReady = (): void => {};
  #isNot = (_: unknown): void => {};

  constructor(name: EventName, hears: Hears, handler: EventHandler<unknown>, options: SubscribeOptions) {
    this.id = name.id;
    this.event = name.event;
    this.#name = name;
    this.#hears = hears;
    this.#handler = handler;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#isNot = reject;
    });
    this.ready.catch(() => {});
  }

  /** Begins to listen, unless it was closed before. */
  begin(): void {
    if (!this.#closed) this.#hears.add(this.#name, this, this.#options.since);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    this.#hears.remove(this);
    this.#isNot(new HubClosed(`the subscription to ${this.event} of actor ${this.id} was closed before it began`));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  begun(): void {
    this.#isReady();
  }

  heard({ items }: Told): void {
    for (const [seq, payload] of items) this.#take({ seq, payload });
  }

  missed(reason: ResyncReason, seq: number): void {
    this.#take({ missed: reason, seq });
  }

  ended(end: End): void {
    this.#isNot(end.error ?? this.#notThere(end));
    this.#take(end);
  }

  get isFull(): boolean {
    return this.#waiting.length >= eventCredit;
  }

  #notThere({ reason }: End): Error {
    const { id, event } = this;
    if (reason === "HubClosed") return new HubClosed(`subscribe ${event} of actor ${id}: the hub is closed`);
    return new ActorNotFound(`subscribe ${event} of actor ${id}: it is not there (${reason})`, { id });
  }

  #take(call: Call): void {
    if (this.#closed) return;
    if (this.#busy) this.#waiting.push(call);
    else this.#call(call);
  }

  #call(call: Call): void {
    try {
      const made = this.#made(call);
      if (!(made instanceof Promise)) return;
      this.#busy = true;
      void made.catch((error: unknown) => this.#threw(error)).then(() => this.#next());
    } catch (error) {
      this.#threw(error);
    }
  }

  #made(call: Call): unknown {
    if ("payload" in call) return this.#handler(decode(call.payload), { seq: call.seq });
    if ("missed" in call) {
      const { missed: reason, seq } = call;
      if (this.#options.resync !== undefined) return this.#options.resync({ reason, seq });
      this.#hears.log("warn", `events ${this.event} of actor ${this.id} up to ${seq} are missing here (${reason})`);
      return undefined;
    }
    this.#closed = true;
    return this.#options.ended?.({ reason: call.reason });
  }

  #next(): void {
    this.#busy = false;
    while (!this.#busy) {
      const call = this.#waiting.shift();
      if (call === undefined) break;
      this.#call(call);
    }
    if (!this.#busy && !this.#closed) this.#hears.hasRoom(this);
  }

  #threw(error: unknown): void {
    const text = `the handler of ${this.event} of actor ${this.id} threw`;
    this.#hears.log("error", text, toWireError(error));
  }
}

/** Throws `HubConfigError` for what a subscription cannot be made of. */
export function checkSubscribe(handler: unknown, options: unknown): void {
  if (typeof handler !== "function")
    throw optionError("subscribe", { path: "handler", given: shown(handler), allowed: "takes a function" });
  const allowed = "takes an object with any of since, resync, ended";
  if (typeof options !== "object" || options === null)
    throw optionError("subscribe", { path: "options", given: shown(options), allowed });
  const { since, resync, ended, ...rest } = options as SubscribeOptions;
  const other = Object.keys(rest)[0];
  if (other !== undefined) throw optionError("subscribe", { path: other, given: shown(options), allowed });
  checkSince("subscribe", since);
  for (const [path, given] of Object.entries({ resync, ended }))
    if (given !== undefined && typeof given !== "function")
      throw optionError("subscribe", { path, given: shown(given), allowed: "takes a function" });
}
