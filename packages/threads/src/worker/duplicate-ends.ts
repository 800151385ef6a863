import type { Cell, Mail } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  type Bytes,
  placeInWords,
  toWireError,
  type WireError,
  type YieldedDuplicate,
} from "@process-hub/protocol";
import type { ThreadContext } from "./thread-context.js";

/** One of two lives of an actor, as far as they are resolved. */
type Duplicate = Pick<Cell, "id" | "behaviour" | "life" | "phase" | "yieldDuplicate" | "mergeDuplicate">;

/** The ports of duplicate ends, beside the thread's context. */
interface DuplicateEndsPorts {
  /** The cell of an actor itself. */
  readonly actor: (id: ActorId) => Duplicate | undefined;
  readonly source: { recall(cell: Duplicate): Promise<void> | undefined; concluded(id: ActorId): Promise<void> | undefined };
  /** Delivers mail again, in order; `givenUp`: it was with a duplicate that yielded. */
  readonly deliverAll: (mail: Iterable<Mail>, from: "givenUp") => void;
}

/**
 * Both ends of a resolution of duplicates: one duplicate yields its state and its mail, the other merges that state.
 * Without it two lives of one actor would go on side by side after a network cut, or what one of them knew would be lost.
 */
export class DuplicateEnds {
  readonly #context: Pick<ThreadContext, "place" | "node" | "thread">;
  readonly #ports: DuplicateEndsPorts;

  constructor(context: Pick<ThreadContext, "place" | "node" | "thread">, ports: DuplicateEndsPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /**
   * Ends the duplicate of this life. Its mail goes back to its senders, who send it to the one that stays. Never rejects. It may have been on its
   * way out, and the actor have been started here again since: that is another life of it.
   */
  async yieldDuplicate(id: ActorId, life: string, deadlineMs: number): Promise<YieldedDuplicate> {
    try {
      const onTheWay = (): Promise<void> | undefined => this.#ports.source.recall(this.#duplicate(id, life));
      for (let move = onTheWay(); move !== undefined; move = onTheWay()) await move;
      const cell = this.#duplicate(id, life);
      const { state, final } = await cell.yieldDuplicate(deadlineMs, (mail) => this.#ports.deliverAll(mail, "givenUp"));
      return { state, merges: final && cell.behaviour.lifecycle.conflict !== undefined };
    } catch (error) {
      return { merges: false, error: toWireError(error) };
    }
  }

  /** Merges the state of a duplicate that ended into the actor that runs here. Resolves with the error, if there was one. */
  async mergeDuplicate(id: ActorId, state: Bytes, deadlineMs: number): Promise<WireError | undefined> {
    try {
      await this.#ports.source.concluded(id);
      await this.#cell(id).mergeDuplicate(state, deadlineMs);
      return undefined;
    } catch (error) {
      return toWireError(error);
    }
  }

  #duplicate(id: ActorId, life: string): Duplicate {
    const cell = this.#cell(id);
    if (cell.life.name !== life)
      throw new ActorNotFound(`that duplicate of actor ${id} has left ${placeInWords(this.#context.place)}`, { id });
    return cell;
  }

  #cell(id: ActorId): Duplicate {
    const { thread, node } = this.#context;
    const cell = this.#ports.actor(id);
    if (cell === undefined) throw new ActorNotFound(`actor ${id} is not on thread ${thread} of node ${node}`, { id });
    return cell;
  }
}
