/*
 * What each kind of operation makes of each state, asked of the model once and remembered.
 * Without it the search would run the model, and compare whole states, at every one of its steps.
 */
import { HubConfigError } from "@process-hub/protocol";
import type { ModelStep, SequentialModel } from "./sequential-model.js";
import { valueKey } from "./value-key.js";

/** What the model says: the next state by its number, and the key of the reply, or undefined where any reply fits. */
export interface Transition {
  readonly state: number;
  readonly reply: string | undefined;
}

/** Operations of one message and one input: the model cannot tell them apart. */
export interface Kind {
  readonly number: number;
  readonly message: string;
  readonly input: unknown;
}

/** A model as a table that grows while it is read. States and kinds of operations are numbers in it. */
export class Transitions {
  readonly #messages: SequentialModel["messages"];
  readonly #states: { readonly value: unknown; readonly key: string }[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #kinds = new Map<string, Kind>();
  /** For each state: by kind. */
  readonly #table: (Map<number, Transition | undefined> | undefined)[] = [];

  constructor(messages: SequentialModel["messages"], initial: unknown) {
    this.#messages = messages;
    this.#state(initial, valueKey(initial));
  }

  /** The kind of an operation; undefined when the model has no such message. */
  kind(message: string, input: unknown): Kind | undefined {
    if (!Object.hasOwn(this.#messages, message) || this.#messages[message] === undefined) return undefined;
    const key = `${message} ${valueKey(input)}`;
    const known = this.#kinds.get(key) ?? { number: this.#kinds.size, message, input };
    this.#kinds.set(key, known);
    return known;
  }

  /** What becomes of a state; undefined when the model throws. Throws `HubConfigError` when the model changes the state it was given. */
  step(state: number, kind: Kind): Transition | undefined {
    const row = (this.#table[state] ??= new Map());
    const known = row.get(kind.number);
    if (known !== undefined || row.has(kind.number)) return known;
    const made = this.said(state, kind);
    const transition =
      made instanceof Error
        ? undefined
        : { state: this.#state(made.state, valueKey(made.state)), reply: "reply" in made ? valueKey(made.reply) : undefined };
    row.set(kind.number, transition);
    return transition;
  }

  /** The model's own words for a step; an error when it throws. */
  said(state: number, { message, input }: Kind): ModelStep<unknown> | Error {
    const { value, key } = this.#states[state] as { readonly value: unknown; readonly key: string };
    const apply = this.#messages[message] as (state: unknown, input: unknown) => ModelStep<unknown>;
    let made: ModelStep<unknown> | Error;
    try {
      made = apply(value, input);
    } catch (error) {
      made = error instanceof Error ? error : new Error(String(error));
    }
    if (valueKey(value) !== key) throw wrong(message, "changed the state it was given", "returns a new state");
    if (typeof made !== "object" || made === null || (!(made instanceof Error) && !("state" in made)))
      throw wrong(message, `returned ${String(made)}`, "returns { state, reply }");
    return made;
  }

  /** A state in words. */
  shown(state: number): string {
    return this.#states[state]?.key ?? "";
  }

  #state(value: unknown, key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push({ value, key }) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

function wrong(message: string, given: string, allowed: string): HubConfigError {
  return new HubConfigError(`a sequential model: message ${message} ${given}; it ${allowed}`, { path: message, given, allowed });
}
