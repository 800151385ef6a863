import { createHub, type Hub, hotSwap, memoryNetwork } from "process-hub";
import { Airport } from "./airport.actor.js";
import type { Place } from "./place.js";
import { Saboteur } from "./saboteur.actor.js";
import { type Totals, totalsOf } from "./totals.js";
import { until } from "./until.js";

/** The demo's nodes, all in this process on one in-memory network, and what they report about faults. */
export class Nodes {
  /** Ids of the actors that lost their state because their thread died. */
  readonly restarted = new Set<string>();
  /** How many messages were dead-lettered, by reason. */
  readonly deadLetters = new Map<string, number>();
  /** Threads that died. */
  readonly exits: Place[] = [];

  readonly #network = memoryNetwork();
  readonly #threads: number;
  readonly #retired: ReturnType<Hub["stats"]>[] = [];
  #hubs: Hub[] = [];
  #started = 0;
  #redistributionsBegun = 0;
  #redistributionsEnded = 0;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** The node that feeds the stream; it stays until the end. */
  get main(): Hub {
    const [main] = this.#hubs;
    if (main === undefined) throw new Error("no node was started");
    return main;
  }

  get names(): string[] {
    return this.#hubs.map((hub) => hub.node);
  }

  /** Every thread of every node. */
  get places(): Place[] {
    return this.names.flatMap((node) => Array.from({ length: this.#threads }, (_, thread) => ({ node, thread })));
  }

  /** Starts one more node; resolves with its name when all nodes see it and have handed it the actors it should run. */
  async join(): Promise<string> {
    const endedBefore = this.#redistributionsEnded;
    this.#started += 1;
    const hub = await createHub({
      id: "flights",
      node: `node-${this.#started}`,
      threads: this.#threads,
      actors: [Airport, Saboteur],
      transport: this.#network.transport(),
      migration: hotSwap(),
    });
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
    const haveMet = () => this.#hubs.every((each) => each.nodes({ includeLocal: true }).length === this.#hubs.length);
    await until(`all nodes see ${hub.node}`, haveMet, 10_000);
    if (this.main.list("global").length > 0) await this.#redistributed(endedBefore);
    return hub.node;
  }

  /** Moves all actors off a node, then closes it; its counters stay in the totals. */
  async leave(node: string): Promise<void> {
    const leaving = this.#hubs.find((hub) => hub.node === node);
    if (leaving === undefined) throw new Error(`there is no node ${node} to leave`);
    this.#hubs = this.#hubs.filter((hub) => hub !== leaving);
    await leaving.drain();
    this.#retired.push(leaving.stats());
    await leaving.close();
  }

  /** Resolves when a redistribution has ended and none is under way. With few actors there may be none to move, hence the limit. */
  async #redistributed(endedBefore: number): Promise<void> {
    const isOver = () => this.#redistributionsEnded > endedBefore && this.#redistributionsEnded === this.#redistributionsBegun;
    await until("the actors are redistributed", isOver, 3_000).catch(() => undefined);
  }

  /** The counters of all nodes, of those that left too. */
  totals(): Totals {
    return totalsOf([...this.#retired, ...this.#hubs.map((hub) => hub.stats())]);
  }

  async close(): Promise<void> {
    const hubs = this.#hubs;
    this.#hubs = [];
    await Promise.all(hubs.map((hub) => hub.close()));
  }
}
