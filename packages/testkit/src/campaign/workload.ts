/*
 * The chance, nodes, actors and open work of one life, and its figures.
 * Without it the acts of a life would not know which nodes can be called just now.
 */
import type { Hub } from "@process-hub/cluster";
import type { Random } from "@process-hub/protocol";
import type { Simulation } from "../simulation.js";
import { Followed } from "./followed.js";
import type { Call } from "./outcomes.js";

/** The figures of a life, for the campaign's sums. */
export interface LifeFigures {
  acts: number;
  asks: number;
  failedAsks: number;
  moves: number;
  refusedMoves: number;
}

const actors = 12;

/** The means of a life: its chance, its nodes by state, its actors, and the work under way. */
export class Workload {
  readonly sim: Simulation;
  readonly random: Random;
  readonly followed: Followed;
  readonly figures: LifeFigures = { acts: 0, asks: 0, failedAsks: 0, moves: 0, refusedMoves: 0 };
  /** Nodes that join or leave just now: users do not call them; the nemesis may break them. */
  readonly #between = new Set<Hub>();
  #lastEntry = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
    this.random = sim.random;
    this.followed = new Followed(sim);
  }

  /** The ids that a life begins with. */
  get ids(): string[] {
    return Array.from({ length: actors }, (_, i) => `a-${i}`);
  }

  /** Indices of the nodes in a state. */
  nodes(state: "up" | "down"): number[] {
    return this.sim.nodes.flatMap((node, index) => (node.state === state ? [index] : []));
  }

  /** Indices of the nodes that neither join nor leave just now. */
  serving(): number[] {
    return this.nodes("up").filter((index) => !this.#between.has(this.sim.hub(index)));
  }

  /** The hub of a node that serves. */
  hub(): Hub {
    return this.sim.hub(this.oneOf(this.serving()));
  }

  /** An id of the life's actors; now and then an id that no actor has had. */
  id(): string {
    return this.chance(0.03) ? `nobody-${this.below(3)}` : `a-${this.below(actors)}`;
  }

  /** The number of the next message: no two are alike. */
  entry(): number {
    return ++this.#lastEntry;
  }

  below(limit: number): number {
    return Math.floor(this.random.next() * limit);
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Follows a node that joins or leaves; nobody calls it meanwhile. */
  between(hub: Hub, what: string, work: Promise<unknown>, call?: Call): void {
    this.#between.add(hub);
    this.followed.add(
      hub,
      what,
      work.finally(() => this.#between.delete(hub)),
      call,
    );
  }
}
