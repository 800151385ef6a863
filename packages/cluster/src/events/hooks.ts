/*
 * Calls the handlers of events, and applies the changes that a user makes to every start.
 * Without it a handler that throws would break the part that told of the event.
 */
import { ChildSpec, copyOf, diagnostics, type EventDiagnostic, shown } from "@process-hub/protocol";
import { EventEmitter } from "eventemitter3";
import { type HandlerEntry, HandlerList, type HandlerOptions } from "./handler-list.js";
import type { HookName, HookOf, HookOptions, HubEventName, HubEvents, HubHandler, Log, SpecChange } from "./hub-events.js";

/** The events that Node's channels tell of as well. */
const channels: { readonly [K in HubEventName]?: (typeof diagnostics)[keyof typeof diagnostics] } = {
  childStarting: diagnostics.start,
  childStarted: diagnostics.start,
  memberJoined: diagnostics.member,
  memberLeft: diagnostics.member,
  deadLetter: diagnostics.deadletter,
};

/** The hub's events: handlers of a higher priority run first (default 0; the hub's own have 100). */
export class Hooks {
  readonly #emitter = new EventEmitter();
  readonly #handlers = new Map<HubEventName, HandlerList<(event: never) => unknown>>();
  readonly #changes = new HandlerList<SpecChange>("childStart");

  /** Adds a change to every start made from, or on, this node. */
  alter(change: SpecChange, options?: HandlerOptions): void {
    this.#changes.add(change, options);
  }

  /** True when there are such changes. */
  get altersStarts(): boolean {
    return this.#changes.entries.length > 0;
  }

  /** The spec after all changes. A change that throws, or returns a spec that cannot be started under the id, is logged and skipped. */
  altered(spec: ChildSpec, start: Parameters<SpecChange>[1]): ChildSpec {
    let now = spec;
    for (const { id, call } of this.#changes.entries) {
      try {
        now = changed(
          now,
          call(Object.freeze({ ...now, args: copyOf(now.args), metadata: copyOf(now.metadata) as ChildSpec["metadata"] }), start),
        );
      } catch (error) {
        const message = `the alter ${id} of childStart is skipped for actor ${spec.id}: ${String(error)}`;
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

  /** Removes a handler or a change, by its id or by the function itself. True when there was one. */
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
    const channel = channels[name];
    if (channel?.hasSubscribers === true) channel.publish({ event: name, detail: event } satisfies EventDiagnostic);
  }

  /** Writes a line to the log: the `log` event. */
  readonly log: Log = (level, message, data) => this.emit("log", { level, message, data });

  /** True when the event has a handler, or its channel a listener. */
  watched(name: HubEventName): boolean {
    return this.#emitter.listenerCount(name) > 0 || channels[name]?.hasSubscribers === true;
  }

  /** The emitter has one listener for a name that has handlers, which calls them in the list's order. */
  #listen(name: HubEventName, list: HandlerList<(event: never) => unknown>): void {
    if (list.entries.length === 0) this.#emitter.removeAllListeners(name);
    else if (this.#emitter.listenerCount(name) === 0)
      this.#emitter.on(name, (event: unknown) => {
        // Not in the context of a request that happened to bring the event about.
        for (const { call, inContext } of list.entries)
          inContext(() => this.#call(name, call as (event: unknown) => unknown, event));
      });
  }

  #call(name: HubEventName, handler: (event: unknown) => unknown, event: unknown): void {
    const report = (error: unknown): void => {
      if (name !== "log")
        this.emit("log", { level: "error", message: `a handler of ${name} failed: ${String(error)}`, data: error });
    };
    try {
      const result = handler(event);
      if (isThenable(result)) result.then(undefined, report);
    } catch (error) {
      report(error);
    }
  }
}

/** True for a promise, of another realm or library too. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** The spec that a change returned, checked. Throws when it is not a spec of the same actor. */
function changed({ id, actor }: ChildSpec, after: unknown): ChildSpec {
  if (typeof after !== "object" || after === null || isThenable(after)) {
    const given = isThenable(after) ? "a promise" : shown(after);
    throw new Error(`it returned ${given}: return the spec, changed or as it was given`);
  }
  const { args, metadata } = after as Partial<ChildSpec>;
  const own = { args: copyOf(args, "args"), ...(metadata === undefined ? {} : { metadata: copyOf(metadata, "metadata") }) };
  const parsed = ChildSpec.safeParse({ ...after, ...own });
  if (!parsed.success) {
    const { path = [], message = "is wrong" } = parsed.error.issues[0] ?? {};
    throw new Error(`it did not return a spec: ${[path.map(String).join("."), message].filter(Boolean).join(": ")}`);
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

/** New hooks with the handlers given to a hub at its creation. */
export function hooksOf({ childStart = [], ...handlers }: HookOptions): Hooks {
  const hooks = new Hooks();
  for (const change of childStart) hooks.alter(change);
  for (const [name, some] of Object.entries(handlers)) {
    for (const handler of some) hooks.on(name as HubEventName, handler as HubHandler<HubEventName>);
  }
  return hooks;
}
