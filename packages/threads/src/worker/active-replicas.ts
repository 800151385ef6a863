import type { Cell, Mail, Origin } from "@process-hub/actor";
import {
  type ActorId,
  AlreadyStarted,
  type Epoch,
  type PlaceId,
  placeInWords,
  resumed,
  type StandOrder,
  type StartOrder,
} from "@process-hub/protocol";
import { replicaLife } from "./replica-life.js";
import type { ThreadContext } from "./thread-context.js";

/** The ports of active replicas, beside the thread's context. */
interface ActiveReplicasPorts {
  readonly births: { begin(order: StartOrder, origin: Origin | undefined): Promise<void> | undefined };
  /** Has mail for `epoch` of an actor follow it to `to`, under the next epoch. */
  readonly forward: (id: ActorId, epoch: Epoch, to: PlaceId, nextEpoch: Epoch) => void;
  /** Delivers mail again, in order. */
  readonly deliverAll: (mail: Iterable<Mail>) => void;
}

/**
 * Replicas that serve the senders of their own node beside an actor that runs elsewhere: cells like any other, under epochs of their own.
 * When one ends, what waits in it goes back to its senders, who send it, in order, to where the actor is.
 * Without the list of them an order to the actor would be carried out on its replica.
 */
export class ActiveReplicas {
  readonly #context: ThreadContext;
  readonly #ports: ActiveReplicasPorts;
  readonly #replicas = new Map<ActorId, { readonly cell: Cell; ending: Promise<void> | undefined }>();

  constructor(context: ThreadContext, ports: ActiveReplicasPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** True when the cell of this id here is a replica, and not the actor itself. */
  has(id: ActorId): boolean {
    return this.#replicas.has(id);
  }

  /** Begins a replica; an existing one goes on. Throws, or rejects, what its `init` throws. */
  stand({ spec, epoch }: StandOrder): void | Promise<void> {
    const { id } = spec;
    const { cells, clock, place } = this.#context;
    if (this.#replicas.get(id)?.ending === undefined && this.#replicas.has(id)) return;
    if (cells.has(id)) throw new AlreadyStarted(`actor ${id} runs on ${placeInWords(place)}, or is about to end there`, { id });
    const begun = this.#ports.births.begin({ spec, epoch, life: replicaLife(place, epoch, clock) }, undefined);
    const cell = cells.get(id);
    if (cell !== undefined) this.#replicas.set(id, { cell, ending: undefined });
    return begun?.catch((error: unknown) => {
      this.#replicas.delete(id);
      throw error;
    });
  }

  /** Ends a replica after its handler in hand; undefined when there is none. */
  end(id: ActorId): Promise<void> | undefined {
    const replica = this.#replicas.get(id);
    if (replica === undefined) return undefined;
    replica.ending ??= this.#end(replica.cell);
    return replica.ending;
  }

  /** Another replica is to take its place, or it ended by itself. */
  ended(cell: { readonly id: ActorId }): void {
    if (this.#replicas.get(cell.id)?.cell === cell) this.#replicas.delete(cell.id);
  }

  /** The actor itself is to go on here: the replica becomes it, under its epoch. False when there is no replica that can. */
  promote({ spec, epoch, life, promote }: StartOrder): boolean {
    const replica = this.#replicas.get(spec.id);
    if (promote !== true || replica === undefined || replica.ending !== undefined || replica.cell.phase !== "running")
      return false;
    const { cell } = replica;
    const { checks } = this.#context;
    const before = cell.epoch;
    checks.invariant(
      epoch >= before,
      "a replica becomes its actor under an epoch not below its own",
      () => `${cell.id} from ${before} to ${epoch}`,
    );
    checks.mark("activeReplicaPromoted");
    this.#replicas.delete(cell.id);
    cell.spec = spec;
    cell.promote(epoch, resumed(life));
    if (before !== epoch) this.#ports.forward(cell.id, before, this.#context.place, epoch);
    return true;
  }

  async #end(cell: Cell): Promise<void> {
    const { cells, settings } = this.#context;
    cell.replaced();
    const sealed = await cell.seal(settings.handoffTimeoutMs);
    cell.replaced();
    if (!sealed && cell.phase !== "ended") await cell.giveWay("replaced");
    this.ended(cell);
    if (cells.get(cell.id) !== cell) return;
    cells.delete(cell.id);
    const { moved, arrivals } = cell.depart();
    this.#ports.deliverAll([...moved, ...arrivals]);
  }
}
