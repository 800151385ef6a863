import type { Cell } from "@process-hub/actor";
import {
  type ActorId,
  ActorNotFound,
  type Bytes,
  placeInWords,
  toWireError,
  type WireError,
  type YieldedDuplicate,
} from "@process-hub/protocol";
import type { Runner } from "./runner.js";

/** Both ends of a conflict: the copy that goes gives up its state and its mail, the one that stays takes the state over. */
export class DuplicateEnds {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /**
   * Ends the copy of a birth. Its mail goes back to its senders, who send it to the one that stays. Never rejects. It may have been on its
   * way out, and the actor have been started here again since: that is another copy.
   */
  async yieldDuplicate(id: ActorId, bornAtMs: number, deadlineMs: number): Promise<YieldedDuplicate> {
    try {
      const onTheWay = (): Promise<void> | undefined => this.#runner.source.recall(this.#copy(id, bornAtMs));
      for (let move = onTheWay(); move !== undefined; move = onTheWay()) await move;
      const cell = this.#copy(id, bornAtMs);
      const { state, final } = await cell.yieldDuplicate(deadlineMs, (mail) => this.#runner.mailer.deliverAll(mail, true));
      return { state, merges: final && cell.behaviour.lifecycle.conflict !== undefined };
    } catch (error) {
      return { merges: false, error: toWireError(error) };
    }
  }

  /** Merges the state of a copy that went into the one that runs here. Resolves with the error, if there was one. */
  async mergeDuplicate(id: ActorId, state: Bytes, deadlineMs: number): Promise<WireError | undefined> {
    try {
      await this.#runner.source.concluded(id);
      await this.#cell(id).mergeDuplicate(state, deadlineMs);
      return undefined;
    } catch (error) {
      return toWireError(error);
    }
  }

  #copy(id: ActorId, bornAtMs: number): Cell {
    const cell = this.#cell(id);
    if (cell.bornAtMs !== bornAtMs)
      throw new ActorNotFound(`that copy of actor ${id} has left ${placeInWords(this.#runner.place)}`, { id });
    return cell;
  }

  #cell(id: ActorId): Cell {
    const { thread, node } = this.#runner;
    const cell = this.#runner.actor(id);
    if (cell === undefined) throw new ActorNotFound(`actor ${id} is not on thread ${thread} of node ${node}`, { id });
    return cell;
  }
}
