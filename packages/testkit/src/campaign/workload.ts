/*
 * The chance, nodes, actors and open work of one life, and its figures.
 * Without it the acts of a life would not know which nodes can be called just now.
 */
import type { StartOptions } from "@process-hub/actor";
import type { Hub } from "@process-hub/cluster";
import type { Random } from "@process-hub/protocol";
import type { Simulation } from "../simulation.js";
import type { ActName, Breach, Companion, Talk } from "./acts.js";
import type { Builds } from "./builds.js";
import { Followed } from "./followed.js";
import type { Call } from "./outcomes.js";
import { companionsOf, type Scenario } from "./scenarios.js";
import type { NodeEar } from "./talks/node-ear.js";
import type { World } from "./world.js";

/** The figures of a life, for the campaign's sums. */
export interface LifeFigures {
  acts: number;
  asks: number;
  failedAsks: number;
  moves: number;
  refusedMoves: number;
}

const actors = 12;
const extras = 6;

/** A line of a table that a life chooses from by chance. */
export interface Weighted {
  readonly weight: number;
  /** False while it cannot be chosen. Default: it always can. */
  readonly can?: (workload: Workload) => boolean;
}

/** The means of a life: its chance, its nodes by state, its actors, and the work under way. */
export class Workload {
  readonly sim: Simulation;
  readonly scenario: Scenario;
  readonly random: Random;
  readonly followed: Followed;
  readonly figures: LifeFigures = { acts: 0, asks: 0, failedAsks: 0, moves: 0, refusedMoves: 0 };
  /** The node that was drained last. */
  draining: Hub | undefined;
  /** The builds of the nodes, where they differ. */
  readonly builds: Builds | undefined;
  /** The nodes of whose names a second process may be about to open. */
  readonly doubled = new Set<number>();
  /** The subscriptions of its nodes. */
  readonly ears = new Set<NodeEar>();
  /** The starts of nomads that have not ended. */
  readonly waiting = new Set<{ readonly id: string }>();
  /** Nodes that join or leave just now: users do not call them; the nemesis may break them. */
  readonly #between = new Set<Hub>();
  readonly world: World;
  readonly #companions: readonly Companion[];
  #lastEntry = 0;

  constructor(sim: Simulation, scenario: Scenario, world: World, builds?: Builds) {
    this.builds = builds;
    this.sim = sim;
    this.scenario = scenario;
    this.world = world;
    this.#companions = companionsOf(scenario);
    this.random = sim.random;
    this.followed = new Followed(sim);
  }

  /** What its actors do beside the ledgers. */
  get talks(): readonly Talk[] {
    return this.scenario.talks ?? [];
  }

  /** The ids that a life begins with. */
  get ids(): string[] {
    return Array.from({ length: actors }, (_, i) => `a-${i}`);
  }

  /** Indices of the nodes in a state. */
  nodes(state: "up" | "down"): number[] {
    return this.sim.nodes.flatMap((node, index) => (node.state === state ? [index] : []));
  }

  /** Indices of the nodes that neither join nor leave just now, and have not been replaced by a namesake. */
  serving(): number[] {
    const serves = (hub: Hub): boolean => !this.#between.has(hub) && hub.isAlive();
    return this.nodes("up").filter((index) => serves(this.sim.hub(index)));
  }

  /** The hub of a node that serves. */
  hub(): Hub {
    return this.sim.hub(this.oneOf(this.serving()));
  }

  /** An id of the life's actors; now and then an id that no actor has had. */
  id(): string {
    if (this.chance(0.05)) return this.extra();
    return this.chance(0.03) ? `nobody-${this.below(3)}` : this.known();
  }

  /** An id that a life begins with. */
  known(): string {
    return `a-${this.below(actors)}`;
  }

  /** An id that only batches start. */
  extra(): string {
    return `b-${this.below(extras)}`;
  }

  /** How an id is to be started: by chance restarted less, or pinned to some nodes. */
  optionsOf(id: string): StartOptions<undefined> {
    const restart = this.chance(0.1) ? this.oneOf(["temporary", "transient"] as const) : undefined;
    if (restart !== undefined) this.did(restart);
    const nodes = this.pinsOf();
    return { id, ...(restart === undefined ? {} : { restart }), ...(nodes === undefined ? {} : { nodes }) };
  }

  /** Where an actor is pinned to, if it is. */
  pinsOf(): readonly string[] | undefined {
    const { pins = 0.05 } = this.scenario;
    if (!this.chance(pins)) return undefined;
    this.did("pinned");
    const first = this.anyNode();
    return this.scenario.pinsToOne === true || this.chance(0.5) ? [first] : [...new Set([first, this.anyNode()])];
  }

  /** What a handler is told that starts another actor. */
  toFound(): { readonly to: string; readonly nodes?: string[] } {
    const nodes = this.pinsOf();
    return { to: this.id(), ...(nodes === undefined ? {} : { nodes: [...nodes] }) };
  }

  /** The name of a node that is up. */
  anyNode(): string {
    return this.sim.nodes[this.oneOf(this.nodes("up"))]?.name ?? "";
  }

  /** Counts what was done, or what came. */
  did(name: ActName): void {
    this.world.did(name);
  }

  /** Counts a breach under each strategy of the scenario that is worth it. */
  broke(breach: Breach): void {
    for (const companion of this.#companions) this.did(`${companion} ${breach}`);
  }

  /** A line of a table, by its weight among those that can be chosen now. The table has one that always can. */
  pick<T extends Weighted>(table: readonly T[]): T {
    const able = table.filter(({ can }) => can?.(this) !== false);
    let left = this.random.next() * able.reduce((sum, { weight }) => sum + weight, 0);
    return able.find(({ weight }) => (left -= weight) < 0) ?? (able.at(-1) as T);
  }

  /** True when some node joins or leaves just now. */
  get isBetween(): boolean {
    return this.#between.size > 0;
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
  between(hub: Hub, what: string, work: Promise<unknown>, call: Call): void {
    this.#between.add(hub);
    this.followed.add(
      hub,
      what,
      work.finally(() => this.#between.delete(hub)),
      call,
    );
  }
}
