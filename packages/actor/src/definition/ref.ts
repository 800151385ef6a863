/**
 * What a sender holds: a reference to an actor, typed by the messages of its definition.
 * Without these types a message of a wrong name or shape would be found at run time, by the actor.
 */
import type { ActorId, ErrorClasses, Trace } from "@process-hub/protocol";
import type { EventHandler, EventSubscription, EventsOf, SubscribeOptions } from "./event.js";

/** The types of one message of an actor: its input and its reply. */
export interface MessageShape {
  readonly input: unknown;
  readonly output: unknown;
  /** The items of a stream; absent: it is an ordinary message. */
  readonly item?: unknown;
}

/** The names of the streams among these messages. */
export type StreamNames<M extends MessageMap> = {
  [K in keyof M & string]: M[K] extends { readonly item: unknown } ? K : never;
}[keyof M & string];

/** The names of those that can be told and asked. */
export type MessageNames<M extends MessageMap> = {
  [K in keyof M & string]: M[K] extends { readonly item: unknown } ? never : K;
}[keyof M & string];

/** The messages of an actor by name: read from its definition, never written by hand. */
export type MessageMap = Readonly<Record<string, MessageShape>>;

/** A definition as those see it who write to its actors: its name, and the types of its messages. */
export interface TypedActor {
  readonly name: string;
  readonly module: string;
  /** The code that a thread runs; a sender does not look inside. */
  readonly behaviour: object;
  /** Carries types alone; there is no value. */
  readonly types?: { readonly messages: MessageMap; readonly args: unknown };
}

/** Gives the args of an actor that its first message starts. */
export type AutoStart = (id: ActorId) => unknown;

/** What a message says of the actor it is meant for, and its asker knows of what comes back: the name of its definition, the error classes that lists, and how it starts when it is not there. */
export interface ActorKind {
  readonly name: string;
  readonly errors?: ErrorClasses | undefined;
  readonly autoStart?: AutoStart | undefined;
  /** The names of its streams; absent: it has none. */
  readonly streams?: ReadonlySet<string> | undefined;
}

/** The kind of a definition. */
export function kindOf({ name, behaviour }: TypedActor): ActorKind {
  const { errors, autoStart, streams } = behaviour as Omit<ActorKind, "name">;
  return { name, errors, autoStart, ...(streams === undefined ? {} : { streams }) };
}

/** The messages of a definition, by name. */
export type MessagesOf<A extends TypedActor> = A extends { readonly types?: { readonly messages: infer M extends MessageMap } }
  ? M
  : MessageMap;

/** The type of `args` at the start of an actor of this definition. */
export type ArgsOf<A extends TypedActor> = A extends { readonly types?: { readonly args: infer Args } } ? Args : unknown;

/** What a message carries beside its input. */
export interface TellOptions {
  /**
   * Who it is done for, and the like: a record of plain values, 4 KiB at most when encoded. The handler reads it as `ctx.context`, and it goes on
   * with every `ask`, `tell` and timer of that handler that does not say otherwise. Default: that of the message in hand.
   */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** The trace it belongs to, as W3C Trace Context has it. Default: that of the message in hand. */
  readonly trace?: Trace | undefined;
}

/** How an ask is bounded, and what it carries. */
export interface AskOptions extends TellOptions {
  /** After this many ms the ask rejects with `AskTimeout`. Default: the hub's `timings.askTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Aborting it rejects the ask with the signal's reason. The message may still be handled. */
  readonly signal?: AbortSignal | undefined;
}

/** The arguments after a message's name: the input may be left out only where the message takes none. */
export type InputArguments<M extends MessageShape, Rest extends readonly unknown[] = []> = undefined extends M["input"]
  ? [input?: M["input"], ...rest: Rest]
  : [input: M["input"], ...rest: Rest];

/**
 * An actor as others see it: its id, and two ways to talk to it from anywhere. Making one does no I/O. Of a definition, or of its messages:
 * `ActorRef<typeof Counter>`.
 */
export type ActorRef<Of extends TypedActor | MessageMap = MessageMap> = MessagesRef<MessagesIn<Of>>;

/** The messages of a definition; a map of messages is its own. */
type MessagesIn<Of extends TypedActor | MessageMap> = Of extends TypedActor ? MessagesOf<Of> : Of extends MessageMap ? Of : never;

/** `ActorRef` by the actor's messages. */
export interface MessagesRef<M extends MessageMap> {
  readonly id: ActorId;
  /** The name of its definition. */
  readonly actor: string;
  /**
   * Sends a message and resolves with the reply. Always settles. Rejects with a `HubError`, or with what the handler threw, whole: a
   * class of the language, or one that the definition lists, stays; another one becomes the nearest of these, with its `name`; what of it cannot travel is
   * named in its field `notSent`. Such an error keeps its own `code`, or has the code "HandlerFailed", so that `code` can always be switched on; it is no `instanceof HubError`.
   */
  ask<K extends MessageNames<M>>(message: K, ...args: InputArguments<M[K], [options?: AskOptions]>): Promise<M[K]["output"]>;
  /**
   * Sends a message and returns at once: true, or false when it is time to slow down (then wait for `ready()`).
   * A message that cannot be delivered becomes a dead letter. Throws `NotSerializable` for an input that cannot travel,
   * and `InvalidMessage` for one that is larger than the hub's transport carries.
   */
  tell<K extends MessageNames<M>>(message: K, ...args: InputArguments<M[K], [options?: TellOptions]>): boolean;
  /**
   * Opens a stream at the first `next()`, and gives its items in order, each once: `for await (const item of ref.stream(...))`. At most 32 wait on the
   * way, so a slow reader slows the actor's generator. `break`, `return()` and an aborted signal end the generator (its `finally` runs). Rejects as
   * `ask` does; with `StreamCut` when it ends before it is complete, since its actor moves, stops or is lost (`fields.items`: how many came);
   * with `AskTimeout` when it has not begun within `timeoutMs`. Between items there is no limit.
   */
  stream<K extends StreamNames<M>>(
    message: K,
    ...args: InputArguments<M[K], [options?: AskOptions]>
  ): AsyncGenerator<M[K]["item"], void, undefined>;
  /**
   * Hears an event of the actor on this main thread, in order, each once, wherever the actor is. Returns at once; nothing is heard after `close`.
   * Throws `HubConfigError` in an actor, which subscribes by `ctx.subscribe`, and `HubClosed`.
   *
   * ```ts
   * await using scores = room.subscribe("scored", ({ by, points }, { seq }) => show(seq, by, points));
   * ```
   */
  subscribe<K extends keyof EventsOf<M> & string>(
    event: K,
    handler: EventHandler<EventsOf<M>[K]>,
    options?: SubscribeOptions,
  ): EventSubscription;
}
