import { ChildSpec, type DeadLetter, encode, type NodeName } from "@process-hub/protocol";
import { EventEmitter } from "eventemitter3";
import type { RegistryEntry } from "./registry-entry.js";

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
  conflict: { readonly id: string; readonly survivor: NodeName; readonly loser: NodeName };
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

/** Changes what is started: returns another spec, or nothing to leave it as it is. */
export type SpecChange = (spec: ChildSpec) => ChildSpec | undefined;

/** A handler of an event. What it throws, or rejects with, is reported as a `log` event and changes nothing else. */
export type HubHandler<K extends HubEventName> = (event: HubEvents[K]) => unknown;

/** The hub's events: handlers of a higher priority run first (default 0; the hub's own use 100). */
export class Hooks {
  readonly #levels: { readonly priority: number; readonly emitter: EventEmitter }[] = [];
  readonly #changes: SpecChange[] = [];
  readonly #wrapped = new Map<
    HubEventName,
    Map<unknown, { readonly emitter: EventEmitter; readonly listener: (event: unknown) => void }[]>
  >();

  /** Adds a change to every start made from this node, in order. */
  alter(change: SpecChange): void {
    this.#changes.push(change);
  }

  /** The spec after all changes. One that throws, or gives what cannot be started, is reported and changes nothing. */
  altered(spec: ChildSpec): ChildSpec {
    return this.#changes.reduce((before, change) => {
      try {
        const after = change(before);
        if (after === undefined) return before;
        encode([after.args, after.metadata], "spec");
        return ChildSpec.parse(after);
      } catch (error) {
        this.emit("log", {
          level: "error",
          id: spec.id,
          message: `an alter of childStart failed: ${String(error)}`,
          data: error,
        });
        return before;
      }
    }, spec);
  }

  on<K extends HubEventName>(name: K, handler: HubHandler<K>, priority = 0): void {
    let level = this.#levels.find((other) => other.priority === priority);
    if (level === undefined) {
      level = { priority, emitter: new EventEmitter() };
      this.#levels.push(level);
      this.#levels.sort((a, b) => b.priority - a.priority);
    }
    const listener = (event: unknown): void => this.#call(name, handler as (event: unknown) => unknown, event);
    level.emitter.on(name, listener);
    const handlers = this.#wrapped.get(name) ?? new Map();
    this.#wrapped.set(name, handlers);
    handlers.set(handler, [...(handlers.get(handler) ?? []), { emitter: level.emitter, listener }]);
  }

  off<K extends HubEventName>(name: K, handler: HubHandler<K>): void {
    const handlers = this.#wrapped.get(name);
    for (const { emitter, listener } of handlers?.get(handler) ?? []) emitter.off(name, listener);
    handlers?.delete(handler);
  }

  emit<K extends HubEventName>(name: K, event: HubEvents[K]): void {
    for (const { emitter } of this.#levels) emitter.emit(name, event);
  }

  /** True when the event has a handler. */
  watched(name: HubEventName): boolean {
    return (this.#wrapped.get(name)?.size ?? 0) > 0;
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
