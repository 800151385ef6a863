import { shown } from "@process-hub/protocol";

/** The verbs of a story that do something: those that it waits for, and the others. What is no verb only reads. */
export interface Verbs {
  readonly waited: ReadonlySet<PropertyKey>;
  readonly sudden: ReadonlySet<PropertyKey>;
}

/** Thrown at a story that is cut short by what it cannot wait for; nobody sees it. */
class StoryOver extends Error {}

/** What a story does, in order: its verbs, and the calls of its hubs. A story that is cut short does nothing after `limit` of them. */
export class Steps {
  readonly taken: string[] = [];
  /** Resolves when the story asks for more than it may. */
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

  /** Does it, unless the story is over: then it never settles or, where it is not to be waited for, throws. What a step calls is part of it. */
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

  /** The simulation as a story has it. */
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

/** Settles as the story does, or as what follows it when it is over before its end: what comes of it then counts no more. */
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
