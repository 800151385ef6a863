import {
  type ActorId,
  AlreadyStarted,
  type Epoch,
  type HubError,
  type ReplicaOrigin,
  resumed,
  StartFailed,
  type StartOrder,
  toWireError,
} from "@process-hub/protocol";
import type { KeptOrigin } from "./passive-replicas.js";
import type { ThreadContext } from "./thread-context.js";

/** What an actor began from: a replica; undefined: its `init`. */
type Began = ReplicaOrigin | undefined;

/** The ports of starts, beside the thread's context. */
interface StartsPorts {
  readonly births: { begin(order: StartOrder, origin: KeptOrigin | undefined): Promise<void> | undefined };
  /** Gives up an arrival under an earlier epoch. */
  readonly target: { superseded(id: ActorId, epoch: Epoch): void };
  readonly activeReplicas: { promote(order: StartOrder): boolean; end(id: ActorId): Promise<void> | undefined };
  readonly passiveReplicas: { origin(order: StartOrder): KeptOrigin | undefined; end(id: ActorId): void };
}

/**
 * Starts actors by order: from their `init`, or from the replica that stood here.
 * Without it an actor could begin beside another life of it, or lose the state that a replica kept.
 */
export class Starts {
  readonly #context: ThreadContext;
  readonly #ports: StartsPorts;

  constructor(context: ThreadContext, ports: StartsPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /**
   * Starts an actor, which goes on from its replica here if there is one, and says from what it began. Throws, or rejects, what its `init`
   * throws, or `AlreadyStarted`.
   */
  start(order: StartOrder): Began | Promise<Began> {
    const { id } = order.spec;
    const { cells, thread, node } = this.#context;
    const { target, activeReplicas, passiveReplicas } = this.#ports;
    target.superseded(id, order.epoch);
    if (activeReplicas.promote(order)) return {};
    const ending = activeReplicas.end(id);
    if (ending !== undefined) return ending.then(() => this.start(order));
    const there = cells.get(id);
    if (there?.isEnding === true) return this.#after(there, order);
    if (there !== undefined) throw new AlreadyStarted(`actor ${id} already runs on thread ${thread} of node ${node}`, { id });
    const begun = this.#begin(order, passiveReplicas.origin(order));
    const done = (began: Began): Began => {
      passiveReplicas.end(id);
      return began;
    };
    return begun instanceof Promise ? begun.then(done) : done(begun);
  }

  #begin(order: StartOrder, origin: KeptOrigin | undefined): Began | Promise<Began> {
    const { births } = this.#ports;
    const fresh = (): undefined | Promise<undefined> => births.begin(order, undefined)?.then(() => undefined);
    if (origin === undefined) return fresh();
    const { id } = order.spec;
    const anew = (error: unknown): undefined | Promise<undefined> => {
      this.#context.checks.mark("replicaUnusable");
      const text = `actor ${id} cannot go on from the state of its replica, and begins anew`;
      this.#context.log("error", id, text, toWireError(error));
      return fresh();
    };
    const { replica } = origin;
    try {
      const begun = births.begin(replica === undefined ? order : { ...order, life: resumed(order.life) }, origin);
      return begun === undefined ? replica : begun.then(() => replica, anew);
    } catch (error) {
      return anew(error);
    }
  }

  /** Another life of the actor is about to end here, as a duplicate that yields: this one begins then. */
  async #after(ending: { over(): Promise<void> }, order: StartOrder): Promise<Began> {
    const { clock, settings } = this.#context;
    const { id } = order.spec;
    const late = new AlreadyStarted(`another life of actor ${id} does not end within ${settings.initTimeoutMs} ms`, { id });
    await new Promise<void>((resolve, reject) => {
      const timer = clock.setTimeout(() => reject(late), settings.initTimeoutMs);
      void ending
        .over()
        .then(resolve)
        .finally(() => timer.cancel());
    });
    this.#context.checks.mark("startedAfterEnding");
    return this.start(order);
  }
}

/** Why a start failed, for its caller. */
export function startError(id: ActorId, error: unknown): HubError {
  if (error instanceof StartFailed || error instanceof AlreadyStarted) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new StartFailed(`actor ${id} could not be started: ${text}`, { id }, error);
}
