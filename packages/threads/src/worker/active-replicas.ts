import type { Cell } from "@process-hub/actor";
import { type ActorId, AlreadyStarted, placeInWords, type StandOrder, type StartOrder } from "@process-hub/protocol";
import type { Runner } from "./runner.js";

/**
 * Copies that serve the senders of their own node beside an actor that runs elsewhere: cells like any other, under epochs of their own.
 * When one ends, what waits in it goes back to its senders, who send it, in order, to where the actor is.
 */
export class ActiveReplicas {
  readonly #runner: Runner;
  readonly #copies = new Map<ActorId, { readonly cell: Cell; ending: Promise<void> | undefined }>();

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  has(id: ActorId): boolean {
    return this.#copies.has(id);
  }

  /** Begins a copy; one that there is goes on. Throws, or rejects, what its `init` throws. */
  stand({ spec, epoch }: StandOrder): void | Promise<void> {
    const { id } = spec;
    const { cells, clock, place } = this.#runner;
    if (this.#copies.get(id)?.ending === undefined && this.#copies.has(id)) return;
    if (cells.has(id)) throw new AlreadyStarted(`actor ${id} runs on ${placeInWords(place)}, or is about to end there`, { id });
    const begun = this.#runner.starts.begin({ spec, epoch, bornAtMs: clock.now() }, undefined);
    const cell = cells.get(id);
    if (cell !== undefined) this.#copies.set(id, { cell, ending: undefined });
    return begun?.catch((error: unknown) => {
      this.#copies.delete(id);
      throw error;
    });
  }

  /** Ends a copy after its handler in hand; undefined when there is none. */
  end(id: ActorId): Promise<void> | undefined {
    const copy = this.#copies.get(id);
    if (copy === undefined) return undefined;
    copy.ending ??= this.#end(copy.cell);
    return copy.ending;
  }

  /** Another copy is to take its place, or it ended by itself. */
  ended(cell: Cell): void {
    if (this.#copies.get(cell.id)?.cell === cell) this.#copies.delete(cell.id);
  }

  /** The actor itself is to go on here: the copy becomes it, under its epoch. False when there is no copy that can. */
  promote({ spec, epoch, bornAtMs, promote }: StartOrder): boolean {
    const copy = this.#copies.get(spec.id);
    if (promote !== true || copy === undefined || copy.ending !== undefined || copy.cell.phase !== "running") return false;
    const { cell } = copy;
    const before = cell.epoch;
    this.#copies.delete(cell.id);
    cell.promote(epoch, bornAtMs);
    if (before !== epoch) this.#runner.mailer.forward(cell.id, before, this.#runner.place, epoch);
    return true;
  }

  async #end(cell: Cell): Promise<void> {
    const { cells, mailer, settings } = this.#runner;
    const sealed = await cell.seal(settings.handoffTimeoutMs);
    if (!sealed && cell.phase !== "ended") await cell.stop("replaced", 0).catch(() => {});
    this.ended(cell);
    if (cells.get(cell.id) !== cell) return;
    cells.delete(cell.id);
    const { moved, arrivals } = cell.depart();
    mailer.deliverAll([...moved, ...arrivals]);
  }
}
