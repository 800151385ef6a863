import type { ActorRef } from "@process-hub/actor";
import { Hub, StartResult } from "@process-hub/cluster";
import { NodeDown } from "@process-hub/protocol";
import type { Steps } from "./steps.js";

/** What of a hub can still be used when its node has crashed: it does not ask the node for anything. */
const readable: ReadonlySet<PropertyKey> = new Set<keyof Hub>([
  ...(["lookup", "explain", "lookupTag", "list", "dump", "nodes", "stats", "ref"] as const),
  ...(["isAlive", "isLocked", "isPartitioned", "on", "off", "alter", "handlers"] as const),
]);

/** What a story does not ask for itself: `join` and `restart` do. */
const opens: keyof Hub = "open";

/** The life of one node: what it owes its callers ends with it. */
export class Lifeline {
  readonly #node: string;
  readonly #waiting = new Set<() => void>();
  #death: string | undefined;

  constructor(node: string) {
    this.#node = node;
  }

  /** Why nobody is answered any more; undefined while somebody is. */
  get down(): NodeDown | undefined {
    if (this.#death === undefined) return undefined;
    return new NodeDown(`node ${this.#node} ${this.#death}: it answers nobody any more`, { node: this.#node });
  }

  /** The node is gone, and why: all that waits for it rejects with `NodeDown`. */
  cut(why: string): void {
    this.#death = why;
    for (const giveUp of [...this.#waiting]) giveUp();
  }

  /** Settles as `work` does, or rejects with `NodeDown` as soon as the node is gone: no harm when nobody looks. */
  bound<T>(work: Promise<T>): Promise<T> {
    return unlessDown(
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          this.#waiting.delete(giveUp);
          reject(this.down);
        };
        this.#waiting.add(giveUp);
        work.finally(() => this.#waiting.delete(giveUp)).then(resolve, reject);
      }),
    );
  }
}

/** Settles as `work` does. That a node went down under it is no unhandled rejection: whoever would have looked may be gone with it. */
export function unlessDown<T>(work: Promise<T>): Promise<T> {
  const settled: Promise<T> = new Promise((resolve, reject) => {
    work.then(resolve, (error: unknown) => {
      if (error instanceof NodeDown) settled.catch(() => {});
      reject(error);
    });
  });
  return settled;
}

/**
 * A hub as a story has it: an ordinary one, but for what its node cannot answer any more. When that crashes, every call of the hub, of its
 * references and of its results rejects with `NodeDown` (a process that had made it would be gone as well); what only reads goes on.
 * What it is asked for is a step of the story. `closed` is called when the hub has been closed.
 */
export function guardedHub(hub: Hub, life: Lifeline, steps: Steps, closed: () => void): Hub {
  return guarded(hub, { life, steps, closed });
}

interface Guard {
  readonly life: Lifeline;
  readonly steps: Steps;
  readonly closed: () => void;
}

function guarded<T extends object>(target: T, guard: Guard): T {
  const { life, steps, closed } = guard;
  const methods = new Map<PropertyKey, unknown>();
  const outcome = (result: unknown): unknown => {
    if (result === target) return proxy;
    if (result instanceof Promise) return life.bound(result.then(outcome));
    return result instanceof StartResult || isRef(result) ? guarded(result, guard) : result;
  };
  const call = (key: PropertyKey, method: (...args: unknown[]) => unknown, args: unknown[]): unknown => {
    const { down } = life;
    if (down !== undefined && !(target instanceof StartResult) && !readable.has(key)) {
      if (key === "tell") throw down;
      return unlessDown(Promise.reject(down));
    }
    const result: unknown = Reflect.apply(method, target, args);
    return outcome(target instanceof Hub && key === "close" && result instanceof Promise ? result.finally(closed) : result);
  };
  const proxy: T = new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return outcome(value);
      const plain = (...args: unknown[]): unknown => call(key, value as (...args: unknown[]) => unknown, args);
      const step = (...args: unknown[]): unknown => steps.take(String(key), key !== "tell", () => plain(...args));
      const method = methods.get(key) ?? (target instanceof StartResult || readable.has(key) || key === opens ? plain : step);
      methods.set(key, method);
      return method;
    },
  });
  return proxy;
}

function isRef(value: unknown): value is ActorRef {
  return typeof value === "object" && value !== null && "ask" in value && "tell" in value;
}
