/*
 * Follows the work that a life begins beside its acts, until it has ended, and keeps what came of it.
 * Without it a call that never settles would go unnoticed, and the judge would have nothing to judge.
 */
import type { Hub } from "@process-hub/cluster";
import type { Simulation } from "../simulation.js";
import { type Call, type Failure, failureOf, type Outcome } from "./outcomes.js";

type Unended = Omit<Outcome, "toMs" | "failure" | "value">;

/** Work that goes on beside a story and must end before the story does, except work of a hub that died. */
export class Followed {
  /** What came of the work that has ended, in the order it ended. */
  readonly outcomes: Outcome[] = [];
  readonly #sim: Simulation;
  readonly #open = new Map<number, { readonly by: Hub | undefined; readonly call: Unended }>();
  #begun = 0;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** Follows one piece of work of a hub, or of none. A failure counts as an end like any other. `call`: what it was, for the judge. */
  add(by: Hub | undefined, what: string, work: Promise<unknown>, call: Call = { kind: "other" }): void {
    const key = ++this.#begun;
    const fromMs = this.#sim.nowMs;
    const told = `${what}, begun at ${(fromMs - 1_000_000).toFixed(2)} ms`;
    const [node, ids] = [by?.node, call.ids ?? []];
    const begun = { ...call, what: told, by: node, ids, fromMs };
    this.#open.set(key, { by, call: begun });
    const ended = (failure: Failure | undefined, value: unknown): void => {
      this.#open.delete(key);
      this.outcomes.push({ ...begun, toMs: this.#sim.nowMs, failure, value });
    };
    work.then(
      (value) => ended(undefined, value),
      (error: unknown) => ended(failureOf(error), undefined),
    );
  }

  /** The calls that never ended, since their node died: what they asked for may have been done at any time since. */
  get unended(): Outcome[] {
    const failure = { code: "Unended", message: "its node died", fields: {} };
    return [...this.#open.values()].map(({ call }) => ({ ...call, toMs: Number.POSITIVE_INFINITY, failure, value: undefined }));
  }

  /** Resolves when all work has ended. Rejects with the names of the work that has not. */
  async ended(): Promise<void> {
    await this.#sim
      .until("all that was begun ends", () => this.#open.size === 0 || this.#left().length === 0)
      .catch((error: unknown) => {
        throw new Error(`seed ${this.#sim.seed}: never ended: ${this.#left().join("; ")}`, { cause: error });
      });
  }

  #left(): string[] {
    const living = new Set(this.#sim.nodes.filter(({ state }) => state === "up").map(({ hub }) => hub));
    return [...this.#open.values()].filter(({ by }) => by === undefined || living.has(by)).map(({ call }) => call.what);
  }
}
