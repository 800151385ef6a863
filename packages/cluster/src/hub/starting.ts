/*
 * Follows one batch of starts to its end, a deadline, or an abort.
 * Without it a deadline would lose the outcomes that are known by then, and a rollback would miss late starts.
 */
import { type ActorId, type ChildSpec, type Clock, StartFailed, type StartOutcome, toWireError } from "@process-hub/protocol";
import type { Stopped } from "../lifecycle/stopper.js";
import type { NodeDoor } from "../node/node-door.js";

/** One batch of starts: the outcomes known so far, and the end of all. */
export class Starting {
  /** Resolves with all outcomes, however long it takes. */
  readonly done: Promise<readonly StartOutcome[]>;
  readonly #clock: Clock;
  readonly #specs: readonly ChildSpec[];
  readonly #known: StartOutcome[] = [];
  #settled = false;

  constructor({ starter, clock }: Pick<NodeDoor, "starter" | "clock">, specs: readonly ChildSpec[]) {
    this.#clock = clock;
    this.#specs = specs;
    this.done = starter.start(specs, 0, (outcomes) => this.#known.push(...outcomes));
    const settled = (): void => {
      this.#settled = true;
    };
    // A rejection, if any, is for those that wait for `done`.
    void this.done.then(settled, settled);
  }

  /** True when all outcomes are known. */
  get settled(): boolean {
    return this.#settled;
  }

  /** The outcomes at the end or at the deadline: a start without an outcome by then is a `StartFailed`. Rejects when the signal aborts. */
  within(timeoutMs: number | undefined, signal: AbortSignal | undefined): Promise<readonly StartOutcome[]> {
    if (timeoutMs === undefined && signal === undefined) return this.done;
    return new Promise((resolve, reject) => {
      const late = (): void => resolve(this.#soFar(`no answer within ${timeoutMs} ms; the start may still take place`));
      const timer = timeoutMs === undefined ? undefined : this.#clock.setTimeout(late, timeoutMs);
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      void this.done.then(resolve, reject).finally(() => {
        timer?.cancel();
        signal?.removeEventListener("abort", abort);
      });
    });
  }

  /**
   * Waits for all outcomes, then stops the started actors. Resolves with the outcomes of that. `stop` is given since the node may have another
   * coordinator by then.
   */
  async rollBack(stop: (ids: readonly ActorId[]) => Promise<readonly Stopped[]>): Promise<readonly Stopped[]> {
    const placed = (await this.done).flatMap(({ id, placement }) => (placement === undefined ? [] : [id]));
    return placed.length === 0 ? [] : stop(placed);
  }

  #soFar(text: string): StartOutcome[] {
    const known = new Set<ActorId>(this.#known.map(({ id }) => id));
    const open = this.#specs.filter(({ id }) => !known.has(id));
    return [
      ...this.#known,
      ...open.map(({ id }) => ({ id, error: toWireError(new StartFailed(`actor ${id}: ${text}`, { id })) })),
    ];
  }
}
