/*
 * The ordered functions of one hook, by priority, each with an id to take it off by.
 * Without it a handler could be neither ordered among others nor removed by name.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { HubConfigError } from "@process-hub/protocol";

/** How a function is added: functions of a higher priority are called earlier (default 0); `id` names it for its removal. */
export interface HandlerOptions {
  readonly priority?: number | undefined;
  readonly id?: string | undefined;
}

/** A function that was added, as `hub.handlers` lists it. */
export interface HandlerEntry {
  readonly id: string;
  readonly priority: number;
}

interface Held<F> extends HandlerEntry {
  readonly call: F;
  /** Calls a function in the async context in which this one was added. */
  readonly inContext: <R, A extends unknown[]>(call: (...args: A) => R, ...args: A) => R;
}

/**
 * The functions of one name in the order they are called: by priority, then as they were added. A function added without an id gets one,
 * such as `name#1`.
 */
export class HandlerList<F> {
  readonly #name: string;
  #held: readonly Held<F>[] = [];
  #made = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The functions, in the order they are called. */
  get entries(): readonly Held<F>[] {
    return this.#held;
  }

  /** Adds a function. Throws `HubConfigError` when its id is taken. */
  add(call: F, { priority = 0, id = this.#fresh() }: HandlerOptions = {}): void {
    if (this.#has(id)) {
      throw new HubConfigError(
        `${this.#name}: a handler with the id ${JSON.stringify(id)} exists already; remove it first, or give another id`,
        { path: "id", given: id, allowed: "an id that no other handler has" },
      );
    }
    const after = this.#held.findIndex((other) => other.priority < priority);
    const at = after === -1 ? this.#held.length : after;
    this.#held = this.#held.toSpliced(at, 0, { id, priority, call, inContext: AsyncLocalStorage.snapshot() });
  }

  /** Removes the function of an id, or every entry of a function. True when there was any. */
  remove(callOrId: F | string): boolean {
    const left = this.#held.filter(({ id, call }) => (typeof callOrId === "string" ? id !== callOrId : call !== callOrId));
    const any = left.length < this.#held.length;
    this.#held = left;
    return any;
  }

  #has(id: string): boolean {
    return this.#held.some((held) => held.id === id);
  }

  #fresh(): string {
    do this.#made++;
    while (this.#has(`${this.#name}#${this.#made}`));
    return `${this.#name}#${this.#made}`;
  }
}
