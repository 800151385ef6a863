import type { ActorId, ErrorClass, ErrorClasses, MoveWhy, NodeName } from "@process-hub/protocol";
import { checkEventKind, checkHandoff, checkHead, checkLifecycle, checkMessage, checkStream } from "./check-definition.js";
import type { ActorContext, ReplyToken } from "./context.js";
import { type EventKind, type EventOptions, type EventTypes, keptEvents } from "./event.js";
import type { Frozen } from "./frozen.js";
import type { ActorPlacement } from "./node-actor.js";
import type { OnError } from "./on-error.js";
import type { AutoStart, MessageMap } from "./ref.js";
import { type InputOf, type OutputOf, type Parser, parserOf, type Schema } from "./schema.js";
import { sharesDefaults } from "./shared-defaults.js";
import type { VersionSteps } from "./version-steps.js";

type MaybePromise<T> = T | Promise<T>;

/** The schemas of one message: a missing input means it takes none; a missing output means the reply is not checked. */
export interface MessageSchemas {
  readonly input?: Schema;
  readonly output?: Schema;
  /**
   * It does not wait for the messages before it: its handler runs also while another handler of the actor awaits something. Those of one sender
   * begin in the order sent. The handler reads the state, and does not change it; `"mutates"`: it may change it, and takes care itself of what
   * others do with the state while it awaits.
   */
  readonly concurrent?: true | "mutates";
}

/** The schemas of one stream: a missing input means it takes none; a missing item means the items are not checked. */
export interface StreamSchemas {
  readonly input?: Schema;
  readonly item?: Schema;
}

type Yields<S extends StreamSchemas> = S extends { readonly item: infer I extends Schema } ? InputOf<I> : unknown;
type Item<S extends StreamSchemas, Y> = S extends { readonly item: infer I extends Schema } ? OutputOf<I> : Y;
type SentInput<S extends MessageSchemas> = S extends { readonly input: infer I extends Schema } ? InputOf<I> : undefined;
type HandledInput<S extends MessageSchemas> = S extends { readonly input: infer I extends Schema } ? OutputOf<I> : undefined;
/** A concurrent handler reads the state. */
type HandledState<S extends MessageSchemas, State> = S extends { readonly concurrent: true } ? Frozen<State> : State;
type HandlerReturn<S extends MessageSchemas> = S extends { readonly output: infer O extends Schema }
  ? MaybePromise<InputOf<O> | ReplyToken>
  : unknown;
type Reply<S extends MessageSchemas, R> = S extends { readonly output: infer O extends Schema }
  ? OutputOf<O>
  : Exclude<Awaited<R>, ReplyToken>;

/** A move as its actor hears of it. */
export interface PlannedMove {
  /** The node it is to go to; its own, for a move between threads. */
  readonly to: NodeName;
  /** Somebody asked for it (`hub.move`); members came or went; the node drains, or leaves. */
  readonly why: MoveWhy;
}

/** An actor's wish to move later. */
export interface Deferral {
  readonly deferMs: number;
}

/** A migration strategy, as a definition holds it. */
export interface KindMigration {
  readonly family: "migration";
  readonly name: string;
  readonly settings: unknown;
}

/** A redundancy strategy, as a definition holds it, with what the threads of its actors go by. */
export interface KindRedundancy {
  readonly family: "redundancy";
  readonly name: string;
  readonly settings: unknown;
  readonly signals: "none" | "active" | "passive" | "all";
  readonly standby: boolean;
  readonly acknowledge?: "none" | "standby" | "majority" | undefined;
}

/** Why an actor goes on from a state that it had elsewhere: it has moved; or its place died, and it goes on from the state of a replica. */
export type ResumedWhy = "move" | "takeOver";

/** What happens around an actor's life. All are optional and may be async. */
export interface Lifecycle<State> {
  /** After `init`, and after each restart; not after a move. */
  readonly started?: (state: State, ctx: ActorContext) => MaybePromise<void>;
  /**
   * The actor goes on from a state that it had elsewhere: before the next handler. `"move"`: it has moved, to another thread or node (a move that was
   * taken back is none). `"takeOver"`: its place died, or a cold swap ended it there, and it goes on from the state of a replica; `started` runs before. What it throws is logged.
   */
  readonly resumed?: (state: State, ctx: ActorContext, why: ResumedWhy) => MaybePromise<void>;
  /** Before the end by a stop (not by a crash or a move), within the stop's deadline. */
  readonly stopping?: (state: State, reason: string, ctx: ActorContext) => MaybePromise<void>;
  /** A replica learnt its mode. */
  readonly signal?: (state: State, signal: "active" | "passive", ctx: ActorContext) => MaybePromise<void>;
  /**
   * The actor is to move: asked between two handlers, before anything else is done. `{ deferMs }` puts the move off, and it is asked again
   * then; at most `timings.maxDeferMs` in all, and half of the time that a drain or a close has left. Anything else, a throw too, lets it go.
   */
  readonly moving?: (state: State, move: PlannedMove, ctx: ActorContext) => MaybePromise<Deferral | undefined>;
  /**
   * Two duplicates met after a cut: returns the state that goes on, in the one with the longer unbroken history. Runs there, between two
   * handlers; both states are copies to work on. What it throws is logged, and that duplicate goes on with its own, as without a `conflict`.
   */
  readonly conflict?: (mine: State, theirs: State, ctx: ActorContext) => MaybePromise<State>;
}

/** How a state travels that is not plain data. */
export interface HandoffCodec<State, Wire, Args = unknown> {
  readonly prepare: (state: State) => MaybePromise<Wire>;
  /** `args`: as `init` gets them. */
  readonly restore: (wire: Wire, args: Args, ctx: ActorContext) => MaybePromise<State>;
}

/** A handler without its types: what the runner calls. */
export interface Handler {
  readonly input: Parser | undefined;
  readonly output: Parser | undefined;
  readonly run: (state: unknown, input: unknown, ctx: ActorContext) => unknown;
  /** The schema of the input puts objects of its own into it, which must not be shared. */
  readonly copiesInput?: boolean;
  /** It may run while another handler of its actor waits; `"mutates"`: and change the state then. Absent: it may not. */
  readonly concurrent?: true | "mutates" | undefined;
  /** What it returns is a stream, of items that this allows; absent: it is a reply. */
  readonly items?: ItemSchema | undefined;
  /** Whether it has ever returned a promise; undefined: it was not run yet, in this thread. */
  waits?: boolean | undefined;
}

/** The schema of a stream's items; `parser` absent: they are not checked. */
export interface ItemSchema {
  readonly parser: Parser | undefined;
}

/** A definition without its types: what a thread runs. */
export interface Behaviour {
  readonly name: string;
  readonly args: Parser | undefined;
  /** The schema of the args puts objects of its own into them, which must not be shared. */
  readonly copiesArgs?: boolean;
  readonly state: Parser;
  readonly init: (args: unknown, ctx: ActorContext) => unknown;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** The names of its concurrent messages; absent: it has none. */
  readonly concurrent?: ReadonlySet<string> | undefined;
  /** The names of its streams; absent: it has none. */
  readonly streams?: ReadonlySet<string> | undefined;
  /** What it emits; absent: nothing. */
  readonly events?: ReadonlyMap<string, EventKind> | undefined;
  readonly lifecycle: Lifecycle<unknown>;
  readonly handoff: HandoffCodec<unknown, unknown> | undefined;
  /** The version of its state; default 1. */
  readonly version?: number | undefined;
  readonly upgrade?: VersionSteps | undefined;
  readonly downgrade?: VersionSteps | undefined;
  /** Default: `"resume"`. */
  readonly onError?: OnError | undefined;
  /** The args of an actor that its first message starts; absent: it is to be started. */
  readonly autoStart?: AutoStart | undefined;
  /** It ends when nothing happened for so long; absent: it does not. */
  readonly idleAfterMs?: number | undefined;
  readonly placement?: ActorPlacement | undefined;
  readonly migration?: KindMigration | undefined;
  readonly redundancy?: KindRedundancy | undefined;
  /** The error classes that come back as themselves, by name. */
  readonly errors?: ErrorClasses | undefined;
}

/** A definition as a list of them holds it: all but the types. */
export interface AnyActor {
  readonly name: string;
  readonly module: string;
  readonly behaviour: Behaviour;
}

/** An actor's definition, and the builder that adds to it. Each step returns a new definition. `Parsed`: what its schema makes of `Args`. */
export interface ActorDefinition<State, Args, M extends MessageMap, Parsed = unknown> extends AnyActor {
  /** Carries types alone; there is no value. */
  readonly types?: { readonly messages: M; readonly args: Args };
  /** Adds a message. The handler may mutate `state`, returns the reply, and may be async; messages are handled one at a time. */
  on<K extends string, const S extends MessageSchemas, R extends HandlerReturn<S>>(
    message: K,
    schemas: S,
    handler: (state: HandledState<S, State>, input: HandledInput<S>, ctx: ActorContext) => R,
  ): ActorDefinition<
    State,
    Args,
    M & Readonly<Record<K, { readonly input: SentInput<S>; readonly output: Reply<S, R> }>>,
    Parsed
  >;
  /**
   * Adds a stream: what the generator yields, its reader gets (`ref.stream`). It begins in its turn, and runs beside other handlers from then
   * on, as a concurrent one that mutates does. It goes on when its reader has room. `ctx.signal` aborts, and the generator is ended at its next
   * `yield`, when its reader ends, or its actor stops or is to move.
   */
  stream<K extends string, const S extends StreamSchemas, Y extends Yields<S>>(
    message: K,
    schemas: S,
    generator: (state: State, input: HandledInput<S>, ctx: ActorContext) => AsyncIterable<Y> | Iterable<Y>,
  ): ActorDefinition<
    State,
    Args,
    M & Readonly<Record<K, { readonly input: SentInput<S>; readonly output: never; readonly item: Item<S, Y> }>>,
    Parsed
  >;
  /**
   * Adds an event that its handlers emit by `ctx.emit(event, payload)`, and that others hear by `ref.subscribe` and `ctx.subscribe`. The schema checks
   * the payload where it is emitted.
   */
  event<K extends string, S extends Schema>(
    event: K,
    payload: S,
    options?: EventOptions,
  ): ActorDefinition<State, Args, M & EventTypes<K, OutputOf<S>>, Parsed>;
  /** Adds what happens at start, stop, mode change and conflict. */
  lifecycle(lifecycle: Lifecycle<State>): ActorDefinition<State, Args, M, Parsed>;
  /** Says how the state travels when it is not plain data. */
  handoff<Wire>(codec: HandoffCodec<State, Wire, Parsed>): ActorDefinition<State, Args, M, Parsed>;
}

/** Args that start an actor; nothing where its kind takes none. */
type StartingArgs<ArgsSchema extends Schema | undefined> = ArgsSchema extends Schema ? InputOf<ArgsSchema> : undefined;
type ParsedArgs<ArgsSchema extends Schema | undefined> = ArgsSchema extends Schema ? OutputOf<ArgsSchema> : undefined;

/** The head of a definition. */
export interface ActorHead<ArgsSchema extends Schema | undefined, StateSchema extends Schema> {
  /** Unique in the hub; travels on the wire. */
  readonly name: string;
  /** `import.meta.url` of the module that exports the definition: threads import it from there. */
  readonly module: string;
  /** Parsed at start. */
  readonly args?: ArgsSchema;
  /** The schema of the state, which moves with the actor: parsed after `init` and on arrival. */
  readonly state: StateSchema;
  /**
   * Classes of errors that its handlers throw: its callers catch them as themselves, made without their constructors. Others arrive as the
   * nearest class of the language that they extend, by their name.
   */
  readonly errors?: readonly ErrorClass[];
  /** The version of the state: a number to raise when a build changes what a state is. Default: 1. */
  readonly version?: number;
  /**
   * Steps from the state of an older build: `{ 1: (state) => ... }` makes one of version 2 of one of version 1, and so on up to `version`. They
   * get the state as it travelled (what `handoff.prepare` gave, if there is one), and return what `init` might. Without a step an actor stays
   * on nodes of its own version, or newer ones that have it.
   */
  readonly upgrade?: VersionSteps;
  /**
   * Steps back to the state of an older build: `{ 3: (state) => ... }` makes one of version 2 of one of version 3. Without one an actor of this
   * version is never placed on a node of an older one.
   */
  readonly downgrade?: VersionSteps;
  /**
   * What the actor does when a handler throws. Its caller, the log and the `handlerFailed` event get the error in any case.
   * `"resume"`, the default: it goes on with its state as the handler left it, its mailbox and its timers; a state that its schema does not
   * allow any more makes it restart. `"restart"`: it begins anew with `init`, as `limits.restarts` allow, unless its start said
   * `restart: "temporary"`: then it ends. `"stop"`: it ends.
   */
  readonly onError?: OnError;
  /**
   * Its first message (an ask or a tell, from wherever it is sent) starts the actor, with the args that this returns for its id: then it need not
   * be started. Called where the message is sent from. Messages wait for the start, in order; what it or `init` throws refuses them
   * (`StartFailed`). After its end the next message starts it again, and those that come as it ends wait for that.
   */
  readonly autoStart?: (id: ActorId) => StartingArgs<ArgsSchema>;
  /**
   * The actor ends (reason `"idle"`) when it has handled nothing for so many ms, no message waits, and no timer is set. Its state ends with it: the
   * next message starts it from `init`. Needs `autoStart`.
   */
  readonly idleAfterMs?: number;
  /**
   * `"hub"`, the default: it runs where the distribution wants it. `"node"`: one of it is on each node that lists it in `actors`. It starts by itself when
   * the node comes up, never moves, and ends with the node; `hub.ref(Gateway, { node })` addresses it, and nobody starts it.
   */
  readonly placement?: ActorPlacement;
  /** The migration strategy for actors of this kind alone. Default: the hub's. */
  readonly migration?: KindMigration;
  /** The redundancy strategy for actors of this kind alone, the same on all nodes that list it. Default: the hub's. */
  readonly redundancy?: KindRedundancy;
  /** Makes the first state, at start and at each restart. */
  readonly init: (args: ParsedArgs<ArgsSchema>, ctx: ActorContext) => MaybePromise<InputOf<StateSchema>>;
}

/**
 * Defines a kind of actor: its name, its state, how it begins; then `.on(...)` for each message.
 * Export the result from its module. It and its steps throw `HubConfigError` (path, given, allowed) for what they cannot take.
 * Without the types it gathers, senders would write by hand what a message takes and gives.
 */
export function defineActor<StateSchema extends Schema, ArgsSchema extends Schema | undefined = undefined>(
  head: ActorHead<ArgsSchema, StateSchema>,
): ActorDefinition<OutputOf<StateSchema>, StartingArgs<ArgsSchema>, Readonly<Record<never, never>>, ParsedArgs<ArgsSchema>> {
  checkHead(head);
  const behaviour: Behaviour = {
    name: head.name,
    args: parserOf(head.args),
    copiesArgs: sharesDefaults(head.args),
    state: parserOf(head.state),
    init: head.init as Behaviour["init"],
    handlers: new Map(),
    lifecycle: {},
    handoff: undefined,
    onError: head.onError,
    autoStart: head.autoStart,
    idleAfterMs: head.idleAfterMs,
    placement: head.placement,
    migration: head.migration,
    redundancy: head.redundancy,
    version: head.version,
    upgrade: head.upgrade,
    downgrade: head.downgrade,
    ...(head.errors === undefined ? {} : { errors: new Map(head.errors.map((known) => [known.name, known])) }),
  };
  return definition(head.module, behaviour);
}

/** True for what `defineActor` returned, in whichever copy of this module. */
export function isActorDefinition(value: unknown): value is AnyActor {
  return typeof value === "object" && value !== null && "behaviour" in value && "module" in value && "name" in value;
}

function definition<State, Args, M extends MessageMap, Parsed>(
  module: string,
  behaviour: Behaviour,
): ActorDefinition<State, Args, M, Parsed> {
  return {
    name: behaviour.name,
    module,
    behaviour,
    on: (message, schemas, handler) => {
      checkMessage(behaviour, message, schemas, handler);
      const added: Handler = {
        input: parserOf(schemas.input),
        output: parserOf(schemas.output),
        run: handler as Handler["run"],
        concurrent: schemas.concurrent,
        copiesInput: sharesDefaults(schemas.input),
      };
      const concurrent = schemas.concurrent === undefined ? {} : { concurrent: new Set(behaviour.concurrent).add(message) };
      return definition(module, { ...behaviour, handlers: new Map(behaviour.handlers).set(message, added), ...concurrent });
    },
    stream: (message, schemas, generator) => {
      checkStream(behaviour, message, schemas, generator);
      const added: Handler = {
        input: parserOf(schemas.input),
        output: undefined,
        items: { parser: parserOf(schemas.item) },
        run: generator as Handler["run"],
        concurrent: "mutates",
        copiesInput: sharesDefaults(schemas.input),
      };
      const streams = new Set(behaviour.streams).add(message);
      return definition(module, { ...behaviour, handlers: new Map(behaviour.handlers).set(message, added), streams });
    },
    event: (event, payload, options = {}) => {
      checkEventKind(behaviour, event, payload, options);
      const kind: EventKind = { payload: parserOf(payload), keep: options.keep ?? keptEvents };
      return definition(module, { ...behaviour, events: new Map(behaviour.events).set(event, kind) });
    },
    lifecycle: (lifecycle) => {
      checkLifecycle(behaviour, lifecycle);
      return definition(module, { ...behaviour, lifecycle: { ...behaviour.lifecycle, ...(lifecycle as Lifecycle<unknown>) } });
    },
    handoff: (codec) => {
      checkHandoff(behaviour, codec);
      return definition(module, { ...behaviour, handoff: codec as unknown as HandoffCodec<unknown, unknown> });
    },
  };
}
