import type { Cell } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  type Bytes,
  type Epoch,
  type Failure,
  type MoveOrder,
  type Outcome,
  type Present,
  presentPage,
  type Refusal,
  type ReplicaOrigin,
  type ReplicaState,
  type SpecUpdate,
  type StandOrder,
  type StartOrder,
  type StartWord,
  type ThreadControl,
  type ThreadDepths,
  toWireError,
  updatedSpec,
  type WireError,
  type YieldedDuplicate,
} from "@process-hub/protocol";
import type { Sender } from "./last-recipients.js";
import { startError } from "./starts.js";
import type { ThreadContext } from "./thread-context.js";

/** Stands replicas of one mode, and ends them. */
interface Replicas {
  stand(order: StandOrder): void | Promise<void>;
  end(id: ActorId, epoch?: Epoch): void | Promise<void>;
}

/** An actor, as far as orders end it. */
type Stoppable = Sender & Pick<Cell, "phase" | "isEnding" | "stop" | "waiting" | "epoch" | "cancelStart">;

/** The ports of control, beside the thread's context. */
interface ControlPorts {
  /** The cell of an actor itself, not of its active replica. */
  readonly actor: (id: ActorId) => Stoppable | undefined;
  readonly starts: { start(order: StartOrder): ReplicaOrigin | undefined | Promise<ReplicaOrigin | undefined> };
  readonly source: {
    move(order: MoveOrder): Promise<readonly Outcome[]>;
    recall(cell: Stoppable): Promise<void> | undefined;
    concluded(id: ActorId): Promise<void> | undefined;
  };
  readonly target: { readonly arriving: readonly { readonly id: ActorId; readonly epoch: Epoch }[] };
  readonly activeReplicas: Replicas;
  readonly passiveReplicas: Replicas & {
    retire(ids: readonly ActorId[]): void;
    standbys(ids: readonly ActorId[]): readonly ReplicaState[];
  };
  readonly replicaStreams: { lastWord(id: ActorId): Promise<unknown> | undefined; goesOn(id: ActorId): void };
  readonly duplicates: Pick<ThreadControl, "yieldDuplicate" | "mergeDuplicate">;
  readonly recipients: { reached(cell: Stoppable): Promise<void> };
  readonly mail: {
    readonly forwardings: { readonly size: number };
    readonly routes: { readonly size: number; readonly heldEnvelopes: number };
  };
}

/**
 * Carries out the orders of the main thread, batch by batch: starts, stops, moves, replicas. A failed order is named by its position; no batch rejects.
 * Without it a failed order would fail those of its batch that went well.
 */
export class Control implements ThreadControl {
  readonly #context: Pick<ThreadContext, "cells" | "thread" | "node" | "tellMain">;
  readonly #ports: ControlPorts;
  /** What was here when somebody began to ask. */
  #present: readonly Present[] = [];

  constructor(context: Pick<ThreadContext, "cells" | "thread" | "node" | "tellMain">, ports: ControlPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  async start(orders: readonly StartOrder[]): Promise<readonly StartWord[]> {
    const replicas: StartWord[] = [];
    const failures = await this.#each(orders, (order, index) => {
      const began = (replica: ReplicaOrigin | undefined): void => {
        if (replica !== undefined) replicas.push({ index, replica });
      };
      const begun = this.#ports.starts.start(order);
      return begun instanceof Promise ? begun.then(began) : began(begun);
    });
    return [...failures, ...replicas];
  }

  async cancelStarts(orders: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void> {
    for (const { id, epoch } of orders) {
      const cell = this.#ports.actor(id);
      if (cell?.epoch === epoch) cell.cancelStart();
    }
  }

  async stop(ids: readonly ActorId[], deadlineMs: number, toGoOn = false, why?: Refusal): Promise<readonly Failure[]> {
    const { thread, node } = this.#context;
    const { source, replicaStreams, recipients, actor } = this.#ports;
    const failures: Failure[] = [];
    const stopOne = async (id: ActorId, index: number): Promise<void> => {
      try {
        const onTheWay = (): Promise<void> | undefined => {
          const cell = actor(id);
          return toGoOn || cell === undefined ? source.concluded(id) : source.recall(cell);
        };
        for (let move = onTheWay(); move !== undefined; move = onTheWay()) await move;
        const cell = actor(id);
        if (cell === undefined) throw new ActorNotFound(`actor ${id} is not on thread ${thread} of node ${node}`, { id });
        if (toGoOn || why !== undefined) replicaStreams.goesOn(id);
        try {
          await cell.stop("stop", deadlineMs, why);
        } finally {
          if (toGoOn) await Promise.all([replicaStreams.lastWord(id), recipients.reached(cell)]);
        }
      } catch (error) {
        failures.push({ index, error: toWireError(error) });
      }
    };
    await Promise.all(ids.map(stopOne));
    return failures;
  }

  move(order: MoveOrder): Promise<readonly Outcome[]> {
    return this.#ports.source.move(order);
  }

  /** Keeps replicas of actors that run elsewhere. */
  stand(orders: readonly StandOrder[]): Promise<readonly Failure[]> {
    const { activeReplicas, passiveReplicas } = this.#ports;
    return this.#each(orders, (order) => (order.mode === "active" ? activeReplicas : passiveReplicas).stand(order));
  }

  async unstand(replicas: readonly { readonly id: ActorId; readonly epoch: Epoch }[]): Promise<void> {
    const { activeReplicas, passiveReplicas } = this.#ports;
    for (const { id, epoch } of replicas) {
      passiveReplicas.end(id, epoch);
      void activeReplicas.end(id);
    }
  }

  async retire(ids: readonly ActorId[]): Promise<void> {
    this.#ports.passiveReplicas.retire(ids);
  }

  async standbys(ids: readonly ActorId[]): Promise<readonly ReplicaState[]> {
    return this.#ports.passiveReplicas.standbys(ids);
  }

  yieldDuplicate(id: ActorId, life: string, deadlineMs: number): Promise<YieldedDuplicate> {
    return this.#ports.duplicates.yieldDuplicate(id, life, deadlineMs);
  }

  mergeDuplicate(id: ActorId, state: Bytes, deadlineMs: number): Promise<WireError | undefined> {
    return this.#ports.duplicates.mergeDuplicate(id, state, deadlineMs);
  }

  async handled(ids: readonly ActorId[]): Promise<readonly (number | undefined)[]> {
    return ids.map((id) => this.#context.cells.get(id)?.handled);
  }

  async redescribe(id: ActorId, update: SpecUpdate): Promise<boolean> {
    const cell = this.#ports.actor(id) === undefined ? undefined : this.#context.cells.get(id);
    // What has left takes along what it was: its next place is asked.
    if (cell === undefined || !["starting", "running", "sealed"].includes(cell.phase)) return false;
    cell.spec = updatedSpec(cell.spec, update);
    return true;
  }

  async isThere(id: ActorId): Promise<boolean> {
    const cell = this.#ports.actor(id);
    return cell !== undefined && !cell.isEnding && cell.phase !== "stopping" && cell.phase !== "ended";
  }

  async present(page: number): Promise<readonly Present[]> {
    if (page === 0) this.#present = this.#here();
    const some = this.#present.slice(page * presentPage, (page + 1) * presentPage);
    if (some.length < presentPage) this.#present = [];
    return some;
  }

  #here(): Present[] {
    const { cells } = this.#context;
    const { actor, target } = this.#ports;
    const here = [...cells.values()].filter(({ id }) => actor(id) !== undefined);
    const running = here.map(({ id, epoch, phase }) => ({ id, epoch, running: phase === "running" }));
    const arriving = target.arriving.filter(({ id }) => !cells.has(id)).map((one) => ({ ...one, running: false }));
    return [...running, ...arriving];
  }

  async sayAgain(ids: readonly ActorId[]): Promise<void> {
    const { cells, tellMain } = this.#context;
    const actors = ids.flatMap((id) => {
      const cell = this.#ports.actor(id) === undefined ? undefined : cells.get(id);
      return cell?.phase === "running" ? [{ spec: cell.spec, epoch: cell.epoch, life: cell.life }] : [];
    });
    if (actors.length > 0) tellMain({ type: "arrived", actors });
  }

  async depths(): Promise<ThreadDepths> {
    const { cells } = this.#context;
    const { mail } = this.#ports;
    let mailboxes = 0;
    for (const cell of cells.values()) mailboxes += cell.waiting;
    return {
      actors: cells.size,
      mailboxes,
      forwardings: mail.forwardings.size,
      routes: mail.routes.size,
      heldEnvelopes: mail.routes.heldEnvelopes,
    };
  }

  /** The failures of a batch, by position, when all have ended. */
  async #each<Order extends { readonly spec: { readonly id: ActorId } }>(
    orders: readonly Order[],
    begin: (order: Order, index: number) => void | Promise<void>,
  ): Promise<Failure[]> {
    const failures: Failure[] = [];
    const slow: Promise<void>[] = [];
    orders.forEach((order, index) => {
      const failed = (error: unknown): void => {
        failures.push({ index, error: toWireError(startError(order.spec.id, error)) });
      };
      try {
        const begun = begin(order, index);
        if (begun !== undefined) slow.push(begun.catch(failed));
      } catch (error) {
        failed(error);
      }
    });
    await Promise.all(slow);
    return failures;
  }
}
