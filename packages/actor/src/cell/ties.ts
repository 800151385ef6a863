/**
 * What ties one actor to others: whom it watches, to what it subscribes, which messages about them wait, and what it emits. Made with the first.
 * Without it a watch or a subscription would be lost with a move, or where its message waited.
 */
import type { ActorId, Bytes, GoneReason, ResyncReason, Ties } from "@process-hub/protocol";
import { type Envelope, expire } from "./envelope.js";
import type { EventFeed } from "./event-feed.js";
import type { FrozenTimer } from "./timers.js";

/** A watch of another actor. */
export interface Watch {
  readonly id: ActorId;
  readonly message: string;
  /** The lineage that ran when it was watched; absent: none is known yet. */
  lineage?: string | undefined;
}

/** A subscription to an event of another actor. */
export interface Subscription {
  readonly id: ActorId;
  readonly actor: string;
  readonly event: string;
  message: string;
  /** The last number that it has heard of, and the history that it is of; null: it was not answered yet. */
  seq: number | null;
  term: string | null;
  /** How many of its messages wait. */
  waiting: number;
}

/** A message about another actor that waits in the mailbox. */
interface Notice {
  /** Absent while the actor does not run. */
  readonly envelope?: Envelope | undefined;
  readonly name: string;
  readonly payload: Bytes;
  readonly subscription?: Subscription | undefined;
}

/** What of an event, or its lack, a subscription's message is made of. */
export type Heard =
  | { readonly type: "event"; readonly seq: number }
  | { readonly type: "resync"; readonly seq: number; readonly reason: ResyncReason }
  | { readonly type: "ended"; readonly reason: GoneReason };

/** What goes on with a state beside it: timers, and what ties its actor to others. */
export interface Kept {
  readonly timers: readonly FrozenTimer[];
  readonly ties?: Ties | undefined;
}

/** The thread as ties need it: it finds out about others. */
export interface TiePorts {
  watch(watch: Watch): void;
  unwatch(id: ActorId): void;
  subscribe(subscription: Subscription): void;
  unsubscribe(subscription: Subscription): void;
  /** A message of the actor about another. */
  make(name: string, payload: Bytes): Envelope;
  /** It joins the others. */
  take(envelope: Envelope): void;
  /** All messages of a subscription that waited are handled. */
  hasRoom(subscription: Subscription): void;
}

/** The key of a subscription among those of an actor. */
export function eventKey(id: ActorId, event: string): string {
  return `${id}\n${event}`;
}

/** The ties of one actor at one place. */
export class ActorTies {
  readonly #ports: TiePorts;
  readonly watches = new Map<ActorId, Watch>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly feeds = new Map<string, EventFeed>();
  #notices: Notice[] = [];
  /** False where the actor does not run: then they are kept, and nothing is asked. */
  #live: boolean;

  constructor(ports: TiePorts, live: boolean) {
    this.#ports = ports;
    this.#live = live;
  }

  watch(watch: Watch): void {
    if (this.watches.has(watch.id)) this.unwatch(watch.id);
    this.watches.set(watch.id, watch);
    if (this.#live) this.#ports.watch(watch);
  }

  unwatch(id: ActorId): boolean {
    if (!this.watches.delete(id)) return false;
    if (this.#live) this.#ports.unwatch(id);
    return true;
  }

  subscribe(subscription: Subscription): void {
    const key = eventKey(subscription.id, subscription.event);
    this.subscriptions.set(key, subscription);
    if (this.#live) this.#ports.subscribe(subscription);
  }

  unsubscribe(id: ActorId, event: string): boolean {
    const key = eventKey(id, event);
    const subscription = this.subscriptions.get(key);
    if (subscription === undefined) return false;
    this.subscriptions.delete(key);
    if (this.#live) this.#ports.unsubscribe(subscription);
    return true;
  }

  /** A message about another actor comes to the mailbox, and is kept until its handler begins. */
  notice(name: string, payload: Bytes, subscription?: Subscription): void {
    const envelope = this.#ports.make(name, payload);
    if (subscription !== undefined) subscription.waiting++;
    this.#notices.push({ envelope, name, payload, subscription });
    this.#ports.take(envelope);
  }

  /** A message has left the mailbox for its handler: when it is about another actor, nothing of it is kept. */
  handling(envelope: Envelope): void {
    if (this.#notices.length === 0 || envelope.sender !== envelope.to) return;
    const at = this.#notices.findIndex((notice) => notice.envelope === envelope);
    if (at < 0) return;
    const [notice] = this.#notices.splice(at, 1);
    const subscription = notice?.subscription;
    if (subscription === undefined) return;
    subscription.waiting--;
    if (subscription.waiting === 0) this.#ports.hasRoom(subscription);
  }

  /** As they travel; undefined when there are none. They go on. */
  wire(): Ties | undefined {
    const watches = [...this.watches.values()].map(({ id, message, lineage }) => ({
      ...{ id, message },
      ...(lineage === undefined ? {} : { lineage }),
    }));
    const subscriptions = [...this.subscriptions.values()].map(({ waiting: _, ...subscription }) => subscription);
    const notices = this.#notices.map(({ name, payload }) => ({ name, payload }));
    const feeds = [...this.feeds.values()].map((feed) => feed.wire());
    if (watches.length + subscriptions.length + notices.length + feeds.length === 0) return undefined;
    return {
      ...(watches.length === 0 ? {} : { watches }),
      ...(subscriptions.length === 0 ? {} : { subscriptions }),
      ...(notices.length === 0 ? {} : { notices }),
      ...(feeds.length === 0 ? {} : { feeds }),
    };
  }

  /** Nothing is asked any more, and no message comes; they can go on, here or elsewhere. True when messages waited: they have expired. */
  pause(): boolean {
    if (!this.#live) return false;
    this.#live = false;
    for (const { id } of this.watches.values()) this.#ports.unwatch(id);
    for (const subscription of this.subscriptions.values()) this.#ports.unsubscribe(subscription);
    this.#expire();
    return this.#notices.length > 0;
  }

  /** They go on: what waited comes to the mailbox again. */
  resume(): void {
    if (this.#live) return;
    this.#live = true;
    const waited = this.#notices;
    this.#notices = [];
    for (const subscription of this.subscriptions.values()) subscription.waiting = 0;
    for (const { name, payload } of waited) this.notice(name, payload);
    for (const watch of this.watches.values()) this.#ports.watch(watch);
    for (const subscription of this.subscriptions.values()) this.#ports.subscribe(subscription);
  }

  /** Takes over those that came with a state, without the feeds. They are to be resumed. */
  load({ watches = [], subscriptions = [], notices = [] }: Ties): void {
    this.#live = false;
    for (const watch of watches) this.watches.set(watch.id, { ...watch });
    for (const subscription of subscriptions)
      this.subscriptions.set(eventKey(subscription.id, subscription.event), { ...subscription, waiting: 0 });
    this.#notices.push(...notices);
  }

  /** The life that made them is over: nothing of them is left but what it emitted. */
  drop(): void {
    if (this.#live) for (const { id } of this.watches.values()) this.#ports.unwatch(id);
    if (this.#live) for (const subscription of this.subscriptions.values()) this.#ports.unsubscribe(subscription);
    this.watches.clear();
    this.subscriptions.clear();
    this.#expire();
    this.#notices = [];
  }

  #expire(): void {
    for (const { envelope } of this.#notices) if (envelope !== undefined) expire(envelope);
  }
}
