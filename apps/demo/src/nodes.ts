/*
 * The nodes of a run: adds and removes them, and sums their counters.
 * Without it the counters of nodes that left would be missing, and every sum wrong.
 */
import type { Hub } from "process-hub";
import { openNode, type Spread } from "./node.js";
import type { Place } from "./place.js";
import { type NodeTotals, type Totals, totalsOf } from "./totals.js";
import { until } from "./until.js";

/** A node of the demo in another process. */
export interface Machine {
  totals(): Promise<NodeTotals>;
  /** Hands over its actors and ends; resolves with its last totals. */
  leave(): Promise<NodeTotals>;
}

/** Where the nodes run and how they reach each other. `machine` starts a node of the name in another process; without it all run here. */
export interface NodesSetup extends Spread {
  readonly machine?: ((node: string) => Promise<Machine>) | undefined;
}

/** The demo's nodes, here and in processes that it started, and the faults that the nodes here report. */
export class Nodes {
  /** Ids of the actors that lost their state because their thread died. */
  readonly restarted = new Set<string>();
  /** How many messages were dead-lettered, by reason. */
  readonly deadLetters = new Map<string, number>();
  /** Threads that died. */
  readonly exits: Place[] = [];
  /** Nodes that somebody else started: their counters are not known here. */
  readonly strangers = new Set<string>();
  /** Nodes that fell silent: killed, frozen, or cut off. */
  readonly lost = new Set<string>();

  readonly #setup: NodesSetup;
  readonly #retired: NodeTotals[] = [];
  readonly #machines = new Map<string, Machine>();
  #hubs: Hub[] = [];
  #started = 0;
  #redistributionsBegun = 0;
  #redistributionsEnded = 0;

  constructor(setup: NodesSetup) {
    this.#setup = setup;
  }

  /** The node that feeds the stream; it stays until the end. */
  get main(): Hub {
    const [main] = this.#hubs;
    if (main === undefined) throw new Error("no node was started");
    return main;
  }

  /** The nodes that this program started, in the order they joined. */
  get names(): string[] {
    return [...this.#hubs.map((hub) => hub.node), ...this.#machines.keys()];
  }

  /** Every thread of these nodes. */
  get places(): Place[] {
    return this.names.flatMap((node) => Array.from({ length: this.#setup.threads }, (_, thread) => ({ node, thread })));
  }

  /** Starts one more node; resolves with its name when all nodes see it and have handed it the actors it should run. */
  async join(): Promise<string> {
    const endedBefore = this.#redistributionsEnded;
    this.#started += 1;
    const node = `node-${this.#started}`;
    const { machine } = this.#setup;
    if (machine === undefined || this.#hubs.length === 0) this.#watch(await openNode(this.#setup, node));
    else this.#machines.set(node, await machine(node));
    const sees = (hub: Hub) => this.names.every((name) => hub.nodes({ includeLocal: true }).includes(name));
    await until(`all nodes see ${node}`, () => this.#hubs.every(sees), 10_000);
    if (this.main.list("global").length > 0) await this.#redistributed(endedBefore);
    return node;
  }

  /** Moves all actors off a node, then closes it; its counters stay in the totals. */
  async leave(node: string): Promise<void> {
    const machine = this.#machines.get(node);
    const hub = this.#hubs.find((each) => each.node === node);
    if (machine !== undefined) {
      this.#machines.delete(node);
      this.#retired.push(await machine.leave());
    } else if (hub !== undefined) {
      this.#hubs = this.#hubs.filter((each) => each !== hub);
      await hub.drain();
      this.#retired.push(hub.stats());
      await hub.close();
    } else throw new Error(`there is no node ${node} to leave`);
  }

  /** The counters of all nodes that this program started, of those that left too. */
  async totals(): Promise<Totals> {
    const machines = await Promise.all([...this.#machines.values()].map((machine) => machine.totals()));
    return totalsOf([...this.#retired, ...machines, ...this.#hubs.map((hub) => hub.stats())]);
  }

  async close(): Promise<void> {
    const machines = [...this.#machines.values()];
    const hubs = this.#hubs;
    // With nothing left to hand over, the nodes of other processes leave at once.
    if (machines.length + this.strangers.size > 0) await this.main.stopChildren(this.main.list().map(({ id }) => id));
    this.#machines.clear();
    this.#hubs = [];
    await Promise.allSettled(machines.map((machine) => machine.leave()));
    await Promise.all(hubs.map((hub) => hub.close()));
  }

  #watch(hub: Hub): void {
    this.#hubs.push(hub);
    hub.on("childRestarted", ({ id }) => this.restarted.add(id));
    hub.on("deadLetter", ({ reason, count }) => this.deadLetters.set(reason, (this.deadLetters.get(reason) ?? 0) + count));
    hub.on("threadExited", ({ node, thread }) => this.exits.push({ node, thread }));
    hub.on("redistributionStarting", () => {
      this.#redistributionsBegun += 1;
    });
    hub.on("redistributionFinished", () => {
      this.#redistributionsEnded += 1;
    });
    if (hub !== this.main) return;
    const meet = (node: string) => /^node-\d+$/.test(node) || this.strangers.add(node);
    for (const node of hub.nodes()) meet(node);
    hub.on("memberJoined", ({ node }) => meet(node));
    hub.on("memberLeft", ({ node, reason }) => reason === "down" && this.lost.add(node));
  }

  /** Resolves when a redistribution has ended and none is under way. With few actors there may be none to move, hence the limit. */
  async #redistributed(endedBefore: number): Promise<void> {
    const isOver = () => this.#redistributionsEnded > endedBefore && this.#redistributionsEnded === this.#redistributionsBegun;
    await until("the actors are redistributed", isOver, 3_000).catch(() => undefined);
  }
}
