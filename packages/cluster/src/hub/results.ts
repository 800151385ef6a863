/*
 * The results that the hub's batch calls resolve with.
 * Without it a caller could not tell which actors of a batch started, stopped or moved, and why the others did not.
 */
import type { ActorRef, MessageMap } from "@process-hub/actor";
import { ActorNotFound, type Epoch, type NodeName } from "@process-hub/protocol";

/** Where an actor was started. */
export interface StartedPlacement {
  readonly node: NodeName;
  readonly thread: number;
  readonly epoch: Epoch;
}

/** The error of one actor of a batch, and the node that reported it. */
export interface ChildError {
  readonly id: string;
  readonly node: NodeName;
  readonly error: Error;
}

/** The outcome of a batch of starts. Its references are typed when all its actors are of one kind; else `hub.ref` gives typed ones. */
export class StartResult<M extends MessageMap = MessageMap> {
  readonly status: "ok" | "error";
  readonly started: readonly { readonly id: string; readonly placements: readonly StartedPlacement[] }[];
  readonly errors: readonly ChildError[];
  /**
   * True when a rollback was asked for and took place: no actor of the batch can be running that it started. False after `"rollback"`: those in `started` could not be
   * stopped, and `errors` says why; or one of `errors` may run: nobody answered its start (`NodeDown`), or it was still open at the deadline
   * (then it is stopped when it comes).
   */
  readonly rolledBack: boolean;
  readonly #refs: ReadonlyMap<string, ActorRef<M>>;

  constructor(
    started: StartResult["started"],
    errors: readonly ChildError[],
    rolledBack: boolean,
    refs: ReadonlyMap<string, ActorRef<M>>,
  ) {
    this.status = statusOf(errors);
    this.started = started;
    this.errors = errors;
    this.rolledBack = rolledBack;
    this.#refs = refs;
  }

  /** The ids that started. */
  get ids(): string[] {
    return this.started.map(({ id }) => id);
  }

  /** The nodes they started on, each once. */
  get nodes(): NodeName[] {
    return [...new Set(this.started.flatMap(({ placements }) => placements.map(({ node }) => node)))];
  }

  /** The reference of a started actor. Throws the actor's error when it did not start. */
  ref(id: string): ActorRef<M> {
    const ref = this.#refs.get(id);
    if (ref !== undefined) return ref;
    const failed = this.errors.find((one) => one.id === id);
    if (failed !== undefined) throw failed.error;
    const why = this.rolledBack ? "the batch was rolled back, and no actor of it runs" : `no actor ${id} was in the batch`;
    throw new ActorNotFound(`StartResult.ref: there is none for ${id}: ${why}`, { id });
  }

  /** The reference of the first started actor, if any. */
  get first(): ActorRef<M> | undefined {
    const id = this.started[0]?.id;
    return id === undefined ? undefined : this.#refs.get(id);
  }
}

/** An actor that a batch stopped, and where it ran. `forced`: its handler, or its `stopping`, did not end in time and was given up. */
export interface StoppedChild {
  readonly id: string;
  readonly nodes: readonly NodeName[];
  readonly forced?: boolean;
}

/** The outcome of a batch of stops. */
export class StopResult {
  readonly status: "ok" | "error";
  readonly stopped: readonly StoppedChild[];
  readonly errors: readonly ChildError[];

  constructor(stopped: readonly StoppedChild[], errors: readonly ChildError[]) {
    this.status = statusOf(errors);
    this.stopped = stopped;
    this.errors = errors;
  }

  /** The ids that were stopped. */
  get ids(): string[] {
    return this.stopped.map(({ id }) => id);
  }

  /** The nodes they ran on, each once. */
  get nodes(): NodeName[] {
    return [...new Set(this.stopped.flatMap(({ nodes }) => nodes))];
  }

  /** The first stopped actor, if any. */
  get first(): StoppedChild | undefined {
    return this.stopped[0];
  }

  /** Those of `stopped` that had to be ended by force. */
  get forced(): string[] {
    return this.stopped.flatMap(({ id, forced }) => (forced === true ? [id] : []));
  }
}

/** The outcome of a close. */
export interface CloseResult {
  /** The actors that could not be handed over and ended with the node. If other members are left, they start these anew. */
  readonly ended: readonly string[];
}

/** The outcome of a batch of moves. */
export class MoveResult {
  readonly status: "ok" | "error";
  readonly moved: readonly string[];
  /** The actors that did not move, and why. */
  readonly errors: readonly ChildError[];

  constructor(moved: readonly string[], errors: readonly ChildError[]) {
    this.status = statusOf(errors);
    this.moved = moved;
    this.errors = errors;
  }

  /** The ids that moved. */
  get ids(): string[] {
    return [...this.moved];
  }

  /** The first id that moved, if any. */
  get first(): string | undefined {
    return this.moved[0];
  }
}

/** The outcome of a drain. */
export class DrainResult extends MoveResult {
  /** The actors that were ended, as `force` asked. */
  readonly ended: readonly string[];
  /** The actors that are still here; `errors` says why. */
  readonly left: readonly string[];

  constructor(moved: readonly string[], ended: readonly string[], errors: readonly ChildError[]) {
    super(moved, errors);
    this.ended = ended;
    this.left = errors.map(({ id }) => id);
  }

  /** Another name of `ended`. */
  get forced(): string[] {
    return [...this.ended];
  }
}

function statusOf(errors: readonly ChildError[]): "ok" | "error" {
  return errors.length === 0 ? "ok" : "error";
}
