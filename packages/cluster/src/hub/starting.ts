/*
 * Follows one batch of starts to its end, a deadline, or an abort.
 * Without it a deadline would lose the outcomes that are known by then, and a rollback would miss late starts.
 */
import {
  type ActorId,
  type ChildSpec,
  type Clock,
  type NodeName,
  nodeOf,
  StartFailed,
  type StartOutcome,
  toWireError,
} from "@process-hub/protocol";
import type { Stopped } from "../lifecycle/stopper.js";
import type { NodeDoor } from "../node/node-door.js";

/** Stops actors that were started on the given nodes. */
export type StopStarted = (hosts: ReadonlyMap<ActorId, NodeName>) => Promise<readonly Stopped[]>;

/** The errors of a start that nobody answered: it may have taken place. */
const unanswered: ReadonlySet<string | number> = new Set(["NodeDown", "HubClosed", "AskTimeout"]);

/** Where the actors of a batch were started. */
export function hostsOf(outcomes: readonly StartOutcome[]): Map<ActorId, NodeName> {
  return new Map(outcomes.flatMap(({ id, placement }) => (placement === undefined ? [] : [[id, nodeOf(placement.place)]])));
}

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

  /** True when each actor of the batch either started or did not: none is being started, none was lost with the node that was to answer. */
  get decided(): boolean {
    return this.#settled && this.#known.every(({ error }) => error === undefined || !unanswered.has(error.code ?? ""));
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

  /** Those that may wait for a node, and have no outcome yet. */
  waiting(): ActorId[] {
    const known = new Set<ActorId>(this.#known.map(({ id }) => id));
    return this.#specs.flatMap(({ id, whenPossible }) => (whenPossible === true && !known.has(id) ? [id] : []));
  }

  /**
   * Waits for all outcomes, then stops the started actors, but for those that were stopped before. Resolves with the outcomes of that. `stop`
   * is given since the node may have another coordinator by then.
   */
  async rollBack(stop: StopStarted, before: ReadonlyMap<ActorId, NodeName> = new Map()): Promise<readonly Stopped[]> {
    const hosts = [...hostsOf(await this.done)].filter(([id]) => !before.has(id));
    return hosts.length === 0 ? [] : stop(new Map(hosts));
  }

  #soFar(text: string): StartOutcome[] {
    const known = new Set<ActorId>(this.#known.map(({ id }) => id));
    const open = this.#specs.filter(({ id }) => !known.has(id));
    return [
      ...this.#known,
      ...open.map(({ id, whenPossible }) => {
        const may = whenPossible === true ? "; where no node could run it, it waits for one that can" : "";
        return { id, error: toWireError(new StartFailed(`actor ${id}: ${text}${may}`, { id })) };
      }),
    ];
  }
}
