/*
 * The changes that the demo makes to its cluster while the stream runs.
 * Without it the stream would meet a cluster that stands still, and prove little.
 */
import type { Nodes } from "./nodes.js";
import { samePlace } from "./place.js";
import { pick } from "./random.js";

/** The cluster that is changed, and when. */
export interface MovesSetup {
  readonly nodes: Pick<Nodes, "join" | "leave" | "places"> & { readonly main: Pick<Nodes["main"], "lookup" | "move"> };
  readonly airports: readonly string[];
  readonly random: () => number;
  /** How many single actors change their thread at each step. */
  readonly perStep: number;
  /** Called with a line for the user when something larger happens. */
  readonly announce: (line: string) => void;
}

/**
 * Changes the cluster while the stream runs. It is driven by the stream's progress, not by a timer, so a run of any size sees the
 * same changes. One change happens at a time, beside the stream, which only waits when the changes fall behind it.
 */
export class Moves {
  /** Moves that were refused; each actor went on where it was. */
  readonly refused: unknown[] = [];

  readonly #setup: MovesSetup;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #broken: { error: unknown } | undefined;

  constructor(setup: MovesSetup) {
    this.#setup = setup;
  }

  /** Single actors go to a thread picked at random, one after the other. */
  shuffle(): Promise<void> {
    return this.next(async () => {
      for (let move = 0; move < this.#setup.perStep; move++) await this.#moveOne();
    });
  }

  /** One more node joins; the ring then moves its share of the actors to it. */
  join(): Promise<void> {
    return this.next(async () => this.#setup.announce(`${await this.#setup.nodes.join()} joined`));
  }

  /** The node hands over all it has and closes. */
  leave(node: string): Promise<void> {
    return this.next(async () => {
      this.#setup.announce(`${node} drains`);
      await this.#setup.nodes.leave(node);
      this.#setup.announce(`${node} left`);
    });
  }

  /**
   * Runs `change` after all earlier ones. Resolves at once, but when more than `maxWaiting` wait, once the earlier ones are done.
   * Rejects if an earlier one has failed.
   */
  async next(change: () => Promise<void>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken.error;
    const before = this.#last;
    this.#waiting += 1;
    this.#last = before
      .then(() => (this.#broken === undefined ? change() : undefined))
      .catch((error: unknown) => {
        this.#broken ??= { error };
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    if (this.#waiting > maxWaiting) await before;
  }

  /** Resolves when no change is left to make; rejects if a node could not join or leave. */
  async done(): Promise<void> {
    await this.#last;
    if (this.#broken !== undefined) throw this.#broken.error;
  }

  /** Drops the changes that wait; resolves when the one under way is over, whatever becomes of it. */
  async stop(): Promise<void> {
    this.#broken ??= { error: new Error("the changes were stopped") };
    await this.#last;
  }

  async #moveOne(): Promise<void> {
    const { nodes, airports, random } = this.#setup;
    const id = pick(airports, random);
    try {
      const here = nodes.main.lookup(id)?.replicas[0];
      if (here === undefined) throw new Error(`the registry does not know ${id}`);
      const others = nodes.places.filter((place) => !samePlace(place, here));
      if (others.length > 0) await nodes.main.move(id, pick(others, random));
    } catch (error) {
      this.refused.push(error);
    }
  }
}

/** How far the changes may fall behind the stream: with 200 steps a node has 4 % of the run to join in before the stream waits. */
const maxWaiting = 8;
