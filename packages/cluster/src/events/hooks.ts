import { ChildSpec, type DeadLetter, encode, type HubError, type NodeName, shown } from "@process-hub/protocol";
import { EventEmitter } from "eventemitter3";
import type { ConnectionState } from "../membership/connection.js";
import type { RegistryEntry } from "../registry/registry-entry.js";
import type { HookOptions, HubSettings } from "../settings/settings.js";
import { type HandlerEntry, HandlerList, type HandlerOptions } from "./handler-list.js";

/** What each event carries. Hooks given at creation and handlers added by `hub.on` see the same objects. */
export interface HubEvents {
  memberJoining: { readonly node: NodeName };
  memberJoined: { readonly node: NodeName };
  memberLeaving: { readonly node: NodeName };
  memberLeft: { readonly node: NodeName; readonly reason: "left" | "down" };
  childRegistered: RegistryEntry;
  childUnregistered: { readonly id: string };
  childStarting: { readonly ids: readonly string[] };
  childStarted: { readonly ids: readonly string[] };
  childStopped: { readonly id: string; readonly reason: string; readonly error?: Error | undefined };
  childRestarted: { readonly id: string; readonly node: NodeName; readonly cause: Error };
  redistributionStarting: { readonly node: NodeName };
  redistributionFinished: { readonly node: NodeName; readonly moved: number; readonly failed: number };
  childrenMoving: { readonly ids: readonly string[]; readonly to: NodeName };
  childrenMoved: { readonly ids: readonly string[]; readonly to: NodeName };
  /** A request to move actors was passed on to the node that hosts them. */
  moveForwarded: { readonly ids: readonly string[]; readonly host: NodeName; readonly to: NodeName };
  /** Actors arrived on this node, with all that they had. */
  handoverDelivered: { readonly ids: readonly string[]; readonly node: NodeName };
  lockChanged: { readonly locked: boolean };
  /** This node stopped serving, since its side of a network cut may not; or serves again. `members`: whom it sees, itself included. */
  partitionChanged: { readonly node: NodeName; readonly partitioned: boolean; readonly members: readonly NodeName[] };
  /**
   * The transport lost its connection and tries again, found it again, or is closed for good by the cause: then this node never reaches the others
   * again, who take it for dead and start what it runs. It goes on alone, or pauses under a quorum or a lease: close it, and make it anew.
   */
  connectionChanged: { readonly node: NodeName; readonly state: ConnectionState; readonly cause?: HubError | undefined };
  coordinatorStopping: { readonly node: NodeName };
  deadLetter: DeadLetter & { readonly node: NodeName };
  /** Names the actor and message whose async handler does not end; neither for a thread that does not answer at all. */
  stuck: {
    readonly node: NodeName;
    readonly thread: number;
    readonly id?: string;
    readonly message?: string;
    readonly forMs: number;
  };
  /**
   * Two copies of an actor met; told on the loser's node. `state`: what the loser knew at its end, decoded, as `handoff.prepare` gives it if
   * there is one; `undefined` when it could not be had (it ended before, or was on its way; the `log` event says why).
   */
  conflict: { readonly id: string; readonly survivor: NodeName; readonly loser: NodeName; readonly state: unknown };
  threadExited: { readonly node: NodeName; readonly thread: number; readonly error: Error };
  linkBroken: { readonly node: NodeName; readonly peer: NodeName; readonly lost: number };
  badFrame: { readonly peer: string; readonly error: string };
  log: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly id?: string;
    readonly message: string;
    readonly data?: unknown;
  };
}

/** The name of an event. */
export type HubEventName = keyof HubEvents;

const names: Readonly<Record<HubEventName, true>> = {
  memberJoining: true,
  memberJoined: true,
  memberLeaving: true,
  memberLeft: true,
  childRegistered: true,
  childUnregistered: true,
  childStarting: true,
  childStarted: true,
  childStopped: true,
  childRestarted: true,
  redistributionStarting: true,
  redistributionFinished: true,
  childrenMoving: true,
  childrenMoved: true,
  moveForwarded: true,
  handoverDelivered: true,
  lockChanged: true,
  partitionChanged: true,
  connectionChanged: true,
  coordinatorStopping: true,
  deadLetter: true,
  stuck: true,
  conflict: true,
  threadExited: true,
  linkBroken: true,
  badFrame: true,
  log: true,
};

/** The names of all events. */
export const hubEventNames: readonly string[] = Object.keys(names);

/**
 * Changes what is started: returns the spec to start by, which is the given one where nothing is to change. `id` and `actor` stay: whoever
 * starts an actor goes on with a reference to just that one. What is given is frozen: return a copy, `{ ...spec, tag: "demo" }`.
 */
export type SpecChange = (spec: Readonly<ChildSpec>) => Readonly<ChildSpec>;

/** A handler of an event. What it throws, or rejects with, is reported as a `log` event and changes nothing else. */
export type HubHandler<K extends HubEventName> = (event: HubEvents[K]) => unknown;

/** What can be listened to or changed: an event, or `childStart`. */
export type HookName = HubEventName | "childStart";

/** What is added under a name: a handler of an event, or a change of `childStart`. */
export type HookOf<K extends HookName> = K extends HubEventName ? HubHandler<K> : SpecChange;

/** The hub's events: handlers of a higher priority run first (default 0; the hub's own use 100). */
export class Hooks {
  readonly #emitter = new EventEmitter();
  readonly #handlers = new Map<HubEventName, HandlerList<(event: never) => unknown>>();
  readonly #changes = new HandlerList<SpecChange>("childStart");

  /** Adds a change to every start made from this node. */
  alter(change: SpecChange, options?: HandlerOptions): void {
    this.#changes.add(change, options);
  }

  /** The spec after all changes. One that throws, or returns what cannot be started under the id, is reported and changes nothing. */
  altered(spec: ChildSpec): ChildSpec {
    let now = spec;
    for (const { id, call } of this.#changes.entries) {
      try {
        now = changed(now, call(Object.freeze({ ...now })));
      } catch (error) {
        const message = `the alter ${id} of childStart is passed over for actor ${spec.id}: ${String(error)}`;
        this.emit("log", { level: "error", id: spec.id, message, data: error });
      }
    }
    return now;
  }

  /** Adds a handler. Throws `HubConfigError` when its id is taken. */
  on<K extends HubEventName>(name: K, handler: HubHandler<K>, options?: HandlerOptions): void {
    const list = this.#handlers.get(name) ?? new HandlerList(name);
    this.#handlers.set(name, list);
    list.add(handler, options);
    this.#listen(name, list);
  }

  /** Takes off a handler or a change, by its id or by the function itself. True when there was one. */
  off<K extends HookName>(name: K, handlerOrId: HookOf<K> | string): boolean {
    if (name === "childStart") return this.#changes.remove(handlerOrId as SpecChange | string);
    const list = this.#handlers.get(name as HubEventName);
    if (list?.remove(handlerOrId as HubHandler<HubEventName> | string) !== true) return false;
    this.#listen(name as HubEventName, list);
    return true;
  }

  /** The handlers of an event, or the changes of `childStart`, in the order they are called. */
  handlers(name: HookName): HandlerEntry[] {
    const list = name === "childStart" ? this.#changes : this.#handlers.get(name);
    return (list?.entries ?? []).map(({ id, priority }) => ({ id, priority }));
  }

  emit<K extends HubEventName>(name: K, event: HubEvents[K]): void {
    this.#emitter.emit(name, event);
  }

  /** True when the event has a handler. */
  watched(name: HubEventName): boolean {
    return this.#emitter.listenerCount(name) > 0;
  }

  /** The emitter calls in the order of `on`: all are put there anew, so that a late one of a higher priority comes first. */
  #listen(name: HubEventName, list: HandlerList<(event: never) => unknown>): void {
    this.#emitter.removeAllListeners(name);
    for (const { call } of list.entries)
      this.#emitter.on(name, (event: unknown) => this.#call(name, call as (event: unknown) => unknown, event));
  }

  #call(name: HubEventName, handler: (event: unknown) => unknown, event: unknown): void {
    const report = (error: unknown): void => {
      if (name !== "log")
        this.emit("log", { level: "error", message: `a handler of ${name} failed: ${String(error)}`, data: error });
    };
    try {
      const result = handler(event);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  }
}

/** What a change returned, checked. Throws for what is no spec of the same actor. */
function changed({ id, actor }: ChildSpec, after: unknown): ChildSpec {
  if (typeof after !== "object" || after === null || after instanceof Promise) {
    const given = after instanceof Promise ? "a promise" : shown(after);
    throw new Error(`it returned ${given}: return the spec, changed or as it was given`);
  }
  const { args, metadata } = after as Partial<ChildSpec>;
  encode(args, "args");
  encode(metadata, "metadata");
  const parsed = ChildSpec.safeParse(after);
  if (!parsed.success) {
    const { path = [], message = "is wrong" } = parsed.error.issues[0] ?? {};
    throw new Error(`it returned what is no spec: ${[path.map(String).join("."), message].filter(Boolean).join(": ")}`);
  }
  for (const [key, was] of [
    ["id", id],
    ["actor", actor],
  ] as const) {
    const is = parsed.data[key];
    if (is !== was) throw new Error(`it changed ${key} from ${shown(was)} to ${shown(is)}: ${key} cannot be changed`);
  }
  return parsed.data;
}

/** New hooks with the handlers that a hub was made with. */
export function hooksOf(options: HubSettings["hooks"]): Hooks {
  const hooks = new Hooks();
  const { childStart = [], ...handlers } = options as HookOptions;
  for (const change of childStart) hooks.alter(change);
  for (const [name, some] of Object.entries(handlers)) {
    for (const handler of some) hooks.on(name as HubEventName, handler as HubHandler<HubEventName>);
  }
  return hooks;
}
