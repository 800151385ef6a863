/*
 * Makes every call of a hub reject when its node has crashed in the simulation.
 * Without it a story could go on using a hub that, outside the simulation, would have died with its process.
 */
import type { ActorRef } from "@process-hub/actor";
import { Hub, StartResult } from "@process-hub/cluster";
import { NodeDown } from "@process-hub/protocol";
import type { StoryAsks } from "./linearizability/story-asks.js";
import type { Steps } from "./steps.js";

/** The members of a hub that can still be used after its node has crashed: they ask the node for nothing. */
const readable: ReadonlySet<PropertyKey> = new Set<keyof Hub | typeof Symbol.asyncIterator>([
  ...(["lookup", "explain", "lookupTag", "list", "entries", "dump", "nodes", "stats", "ref"] as const),
  ...(["isAlive", "isLocked", "isPartitioned", "on", "off", "alter", "handlers"] as const),
  Symbol.asyncIterator,
]);

/** Calls that a story does not make itself: `join` and `restart` make them. */
const opens: keyof Hub = "open";

/** The life of one node: calls that wait for it end with it. */
export class Lifeline {
  /** The present name of the node. */
  node: string;
  readonly #waiting = new Set<() => void>();
  #death: string | undefined;

  constructor(node: string) {
    this.node = node;
  }

  /** The error of all calls once the node is down; undefined while it is up. */
  get down(): NodeDown | undefined {
    if (this.#death === undefined) return undefined;
    return new NodeDown(`node ${this.node} ${this.#death}: it answers nobody any more`, { node: this.node });
  }

  /** The node is gone: all calls that wait for it reject with `NodeDown`, which says why. */
  cut(why: string): void {
    this.#death = why;
    for (const giveUp of [...this.#waiting]) giveUp();
  }

  /** Settles as `work` does, or rejects with `NodeDown` as soon as the node is gone. An unobserved rejection does no harm. */
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

/** Settles as `work` does. A `NodeDown` is never an unhandled rejection, since the code that would handle it may be gone with the node. */
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
 * The hub that a story gets. When its node crashes, every call of the hub, of its references and of its results rejects with `NodeDown`
 * (outside a simulation the calling process would be gone as well); members that only read go on. Each call is a step of the story,
 * and `asks` follows each ask. `closed` is called when the hub has been closed.
 */
export function guardedHub(hub: Hub, guard: Guard): Hub {
  return guarded(hub, guard);
}

/** What a hub of a story is bound to. */
interface Guard {
  readonly life: Lifeline;
  readonly steps: Steps;
  readonly asks: Pick<StoryAsks, "follow">;
  readonly closed: () => void;
}

function guarded<T extends object>(target: T, guard: Guard): T {
  const { life, steps, asks, closed } = guard;
  const methods = new Map<PropertyKey, unknown>();
  const outcome = (result: unknown): unknown => {
    if (result === target) return proxy;
    if (result instanceof Promise) return life.bound(result.then(outcome));
    return result instanceof StartResult || isRef(result) || isSlices(result) ? guarded(result, guard) : result;
  };
  const call = (key: PropertyKey, method: (...args: unknown[]) => unknown, args: unknown[]): unknown => {
    const { down } = life;
    if (down !== undefined && !(target instanceof StartResult) && !readable.has(key)) {
      if (key === "tell") throw down;
      return unlessDown(Promise.reject(down));
    }
    const made = (): unknown => Reflect.apply(method, target, args);
    const result = key === "ask" && isRef(target) ? asks.follow(target, made) : made();
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

function isSlices(value: unknown): value is AsyncGenerator {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
