/*
 * The handlers of a node's messages to nodes, by name.
 * Without it a program that talks to all nodes of its hub would need an actor on each, or a channel of its own.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Bytes, checkText, decode, encode, HubConfigError, type NodeName, shown } from "@process-hub/protocol";
import type { Log } from "./hub-events.js";

/** Answers what a node of the hub asks, or hears what it tells; `from` is that node, perhaps this one. May be async. */
export type NodeHandler<I = unknown, O = unknown> = (input: I, from: NodeName) => O;

interface Held {
  readonly call: NodeHandler;
  /** Calls a function in the async context in which the handler was added. */
  readonly inContext: <R>(call: () => R) => R;
}

/** At most one handler of each name. Values are copied both ways, as between nodes. */
export class NodeHandlers {
  readonly #byName = new Map<string, Held>();

  /** Adds a handler, and returns what takes it off. Throws `HubConfigError` when the name has one. */
  add(name: string, handler: NodeHandler): () => void {
    checkText("hub.handle", "name", name);
    if (typeof handler !== "function") throw wrong("handler", shown(handler), "takes a function");
    if (this.#byName.has(name)) throw wrong("name", shown(name), "takes a name that no other handler of this hub has");
    const held = { call: handler, inContext: AsyncLocalStorage.snapshot() };
    this.#byName.set(name, held);
    return () => {
      if (this.#byName.get(name) === held) this.#byName.delete(name);
    };
  }

  /** What the handler of a name makes of an input. Rejects with what it throws, and with `NotSerializable` for an answer that cannot travel. */
  async call(name: string, input: Bytes, from: NodeName): Promise<Bytes | undefined> {
    const held = this.#byName.get(name);
    if (held === undefined) return undefined;
    return encode(await held.inContext(() => held.call(decode(input), from)), "value");
  }

  /** A node tells the handler of a name. What that throws is a line of the log: nobody waits for it. */
  hear(name: string, input: Bytes, from: NodeName, log: Log): void {
    if (!this.#byName.has(name)) log("debug", `a broadcast ${name} of node ${from} has no handler here`);
    this.call(name, input, from).catch((error: unknown) => {
      log("error", `the handler of ${name} failed at a broadcast of node ${from}: ${String(error)}`, error);
    });
  }
}

function wrong(path: string, given: string, allowed: string): HubConfigError {
  return new HubConfigError(`hub.handle: ${path}: ${allowed}; given: ${given}`, { path, given, allowed });
}
