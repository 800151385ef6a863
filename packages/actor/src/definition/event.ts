/**
 * The events of a definition: their types as subscribers see them, what subscribers get, and the options of an event.
 * Without them an event of a wrong name or shape would be found at run time.
 */
import type { ActorId, GoneReason, ResyncReason } from "@process-hub/protocol";
import type { Parser } from "./schema.js";

/** Carries the types of a definition's events beside its messages; there is no value. */
declare const eventTypes: unique symbol;

/** The types of one event, beside the messages of its actor. */
export type EventTypes<K extends string, Payload> = { readonly [eventTypes]?: Readonly<Record<K, Payload>> };

/** The payloads of an actor's events, by name. */
export type EventsOf<M> = M extends { readonly [eventTypes]?: infer E } ? E : Readonly<Record<never, never>>;

/** The options of an event. */
export interface EventOptions {
  /** So many of the latest are kept for those who come later, or were away: `since`. Default: 100. */
  readonly keep?: number;
}

/** An event of a definition, without its type: what a thread emits by. */
export interface EventKind {
  readonly payload: Parser;
  readonly keep: number;
}

/** So many events are kept where the definition does not say. */
export const keptEvents = 100;

/** What of an event its handler gets beside the payload. */
export interface EventMeta {
  /** Its number: 1 for the first of the actor's first life, and it only grows. Between two calls without a `resync` it grows by 1. */
  readonly seq: number;
}

/** Events are missing before the next one, and why. */
export interface Resync {
  readonly reason: ResyncReason;
  /** The number before that of the next event. */
  readonly seq: number;
}

/** The options of a subscription. */
export interface SubscribeOptions {
  /** Begins after the event of this number, as far as those after it are kept. Default: with the next one. */
  readonly since?: number | undefined;
  /** Events are missing: called before the next one. Default: a line in the log. */
  readonly resync?: ((gap: Resync) => void) | undefined;
  /** The actor is gone, after all that it emitted; or this hub has closed (`"HubClosed"`). Nothing more comes. */
  readonly ended?: ((end: { readonly reason: GoneReason | "HubClosed" }) => void) | undefined;
}

/** A subscription on a main thread: `await using` closes it at the end of its block. */
export interface EventSubscription extends AsyncDisposable, Disposable {
  /** The actor it listens to. */
  readonly id: ActorId;
  readonly event: string;
  /**
   * Resolves when the actor's place knows of it: what is emitted from then on arrives. Rejects with `ActorNotFound`, with `InvalidMessage` for an
   * event that the actor does not have, and with `HubClosed`. Nobody has to look at it.
   */
  readonly ready: Promise<void>;
  /** Ends it at once: its handler is called no more. */
  close(): void;
}

/** Handles an event. While a promise that it returns is pending the next ones wait, up to 1,024: then some are left out, with a `resync`. */
export type EventHandler<Payload> = (payload: Payload, meta: EventMeta) => unknown;

/** What the message of `ctx.subscribe` takes: an event, a gap, or the end of the actor. */
export type EventNews<Payload = unknown> =
  | { readonly type: "event"; readonly id: ActorId; readonly event: string; readonly seq: number; readonly payload: Payload }
  | { readonly type: "resync"; readonly id: ActorId; readonly event: string; readonly seq: number; readonly reason: ResyncReason }
  | { readonly type: "ended"; readonly id: ActorId; readonly event: string; readonly reason: GoneReason };

/** What the message of `ctx.watch` takes. */
export interface Gone {
  readonly id: ActorId;
  readonly reason: GoneReason;
}
