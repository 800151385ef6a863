import {
  type ActorId,
  ActorNotFound,
  type Bytes,
  type Failure,
  type MoveOrder,
  type Outcome,
  type ReplicaState,
  type StandOrder,
  type StartOrder,
  type ThreadControl,
  type ThreadDepths,
  toWireError,
  type WireError,
  type YieldedDuplicate,
} from "@process-hub/protocol";
import { DuplicateEnds } from "./duplicate-ends.js";
import { lastEnvelopes } from "./last-recipients.js";
import type { Runner } from "./runner.js";
import { startError } from "./starts.js";

/** What the main thread orders of a thread, batch by batch: starts, stops, moves, copies. What fails is named by its position; no batch rejects. */
export class Control implements ThreadControl {
  readonly #runner: Runner;
  readonly #conflicts: DuplicateEnds;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#conflicts = new DuplicateEnds(runner);
  }

  start(orders: readonly StartOrder[]): Promise<readonly Failure[]> {
    return this.#each(orders, (order) => this.#runner.starts.start(order));
  }

  async stop(ids: readonly ActorId[], deadlineMs: number, toGoOn = false): Promise<readonly Failure[]> {
    const { source, streams, thread, node } = this.#runner;
    const failures: Failure[] = [];
    const stopOne = async (id: ActorId, index: number): Promise<void> => {
      try {
        const onTheWay = (): Promise<void> | undefined => {
          const cell = this.#runner.actor(id);
          return toGoOn || cell === undefined ? source.concluded(id) : source.recall(cell);
        };
        for (let move = onTheWay(); move !== undefined; move = onTheWay()) await move;
        const cell = this.#runner.actor(id);
        if (cell === undefined) throw new ActorNotFound(`actor ${id} is not on thread ${thread} of node ${node}`, { id });
        try {
          await cell.stop("stop", deadlineMs);
        } finally {
          if (toGoOn) await Promise.all([streams.lastWord(id), lastEnvelopes(this.#runner, cell)]);
        }
      } catch (error) {
        failures.push({ index, error: toWireError(error) });
      }
    };
    await Promise.all(ids.map(stopOne));
    return failures;
  }

  move(order: MoveOrder): Promise<readonly Outcome[]> {
    return this.#runner.source.move(order);
  }

  /** Keeps copies of actors that run elsewhere. */
  stand(orders: readonly StandOrder[]): Promise<readonly Failure[]> {
    const { serving, replicaRecords } = this.#runner;
    return this.#each(orders, (order) => (order.mode === "active" ? serving : replicaRecords).stand(order));
  }

  async unstand(ids: readonly ActorId[]): Promise<void> {
    const { serving, replicaRecords } = this.#runner;
    for (const id of ids) {
      replicaRecords.end(id);
      void serving.end(id);
    }
  }

  async standbys(ids: readonly ActorId[]): Promise<readonly ReplicaState[]> {
    return this.#runner.replicaRecords.standbys(ids);
  }

  yieldDuplicate(id: ActorId, bornAtMs: number, deadlineMs: number): Promise<YieldedDuplicate> {
    return this.#conflicts.yieldDuplicate(id, bornAtMs, deadlineMs);
  }

  mergeDuplicate(id: ActorId, state: Bytes, deadlineMs: number): Promise<WireError | undefined> {
    return this.#conflicts.mergeDuplicate(id, state, deadlineMs);
  }

  async depths(): Promise<ThreadDepths> {
    const { cells, mailer } = this.#runner;
    let mailboxes = 0;
    for (const cell of cells.values()) mailboxes += cell.waiting;
    return {
      actors: cells.size,
      mailboxes,
      forwardings: mailer.forwardings.size,
      routes: mailer.routes.size,
      heldEnvelopes: mailer.routes.heldEnvelopes,
    };
  }

  /** The failures of a batch, by position, when all have ended. */
  async #each<Order extends { readonly spec: { readonly id: ActorId } }>(
    orders: readonly Order[],
    begin: (order: Order) => void | Promise<void>,
  ): Promise<Failure[]> {
    const failures: Failure[] = [];
    const slow: Promise<void>[] = [];
    orders.forEach((order, index) => {
      const failed = (error: unknown): void => {
        failures.push({ index, error: toWireError(startError(order.spec.id, error)) });
      };
      try {
        const begun = begin(order);
        if (begun !== undefined) slow.push(begun.catch(failed));
      } catch (error) {
        failed(error);
      }
    });
    await Promise.all(slow);
    return failures;
  }
}
