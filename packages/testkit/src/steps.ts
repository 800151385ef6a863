/*
 * Counts the steps of a story, and stops it after a number of them.
 * Without it a story could not be told again in part, to find the shortest one that fails.
 */
import { shown } from "@process-hub/protocol";

/** The verbs of a story that have effects: those that it awaits, and the others. All other members only read. */
export interface Verbs {
  readonly waited: ReadonlySet<PropertyKey>;
  readonly sudden: ReadonlySet<PropertyKey>;
}

/** Thrown by a verb that a story does not await when the story is cut short; nobody sees it. */
class StoryOver extends Error {}

/** The steps of a story in order: its verbs, and the calls of its hubs. A story that is cut short does nothing after `limit` steps. */
export class Steps {
  readonly taken: string[] = [];
  /** Resolves when the story asks for more steps than its limit. */
  readonly over: Promise<void>;
  readonly #limit: number;
  #end: () => void = () => {};
  #isOver = false;
  #within = false;

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Does a step, unless the story is over: then the step never settles or, if it is not awaited, throws. Calls made within a step are part of it. */
  take<T>(what: string, isWaitedFor: boolean, act: () => T): T {
    if (this.#within) return act();
    if (this.taken.length < this.#limit) {
      this.taken.push(what);
      this.#within = true;
      try {
        return act();
      } finally {
        this.#within = false;
      }
    }
    this.#isOver = true;
    this.#end();
    if (isWaitedFor) return new Promise(() => {}) as T;
    throw new StoryOver("the story was cut short");
  }

  /** The simulation that a story gets. */
  counted<S extends object>(sim: S, { waited, sudden }: Verbs): S {
    return new Proxy(sim, {
      get: (_, key) => {
        const value: unknown = Reflect.get(sim, key, sim);
        if (typeof value !== "function") return value;
        const act = (...args: unknown[]): unknown => Reflect.apply(value, sim, args);
        if (!waited.has(key) && !sudden.has(key)) return act;
        return (...args: unknown[]) => this.take(told(key, args), waited.has(key), () => act(...args));
      },
      set: (_, key, value) => Reflect.set(sim, key, value, sim),
    });
  }
}

/** Settles as the story does or, if it is cut short, as `then` does; the story's own outcome no longer counts then. */
export function untilOver<T>(story: Promise<T>, steps: Steps, then: () => Promise<undefined>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    steps.over.then(then).then(resolve, reject);
    story.then(
      (value) => steps.isOver || resolve(value),
      (error: unknown) => steps.isOver || reject(error),
    );
  });
}

function told(verb: PropertyKey, args: readonly unknown[]): string {
  const plain = args.filter((arg) => typeof arg !== "function");
  return [String(verb), ...plain.map((arg) => shown(arg))].join(" ");
}
