/*
 * Runs a cluster of real processes for minutes, under load and faults, and checks every promise at the end of each round.
 * Without it races that need real threads, sockets and kills would be found by users.
 */
import { type Random, seededRandom } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import type { HistoryEvent } from "@process-hub/testkit";
import { traceOf } from "@process-hub/testkit/checkers";
import type { ChatterFigures } from "./chatter.js";
import { checkRound, falseDeaths } from "./check-round.js";
import { SoakCluster } from "./soak-cluster.js";
import { type FaultFigures, type SoakFault, SoakFaults, soakFaults } from "./soak-faults.js";
import type { Reading } from "./soak-process.js";
import { sharedNowMs } from "./written-history.js";

/** The figures of a soak. */
export interface SoakFigures extends FaultFigures {
  rounds: number;
  made: number;
  handled: number;
  asks: number;
  failedAsks: Record<string, number>;
  moves: number;
  refusedMoves: number;
  /** How often a node declared another dead that was neither killed nor frozen. */
  falseDeaths: number;
  conflicts: number;
  /** How often an actor that was to run again could not be started. */
  failedStarts: number;
  violations: string[];
}

/** The options of a soak. */
export interface SoakOptions {
  readonly minutes: number;
  /** What it does to which process follows from it; when, and what comes of it, does not. */
  readonly seed: number;
  /** The faults of every round; absent: the rounds take turns. */
  readonly faults?: readonly SoakFault[];
  /** Called with a line at the end of each round. */
  readonly told: (text: string) => void;
}

const turns: readonly (readonly SoakFault[])[] = [
  ["membership"],
  ["kill", "starts"],
  ["freeze", "suspend"],
  ["namesake", "membership"],
  soakFaults,
];
const nodesWanted = 5;
const actors = 40;
const pauseMs = 25;
const settleWithinMs = 60_000;
const traceLines = 200;

/**
 * Runs a cluster of real processes for some minutes, under load, with moves and faults. It runs in rounds: at the
 * end of a round the cluster settles and every check is made over the round's history; the nodes go on into the next round.
 */
export class Soak {
  readonly figures: SoakFigures = {
    rounds: 0,
    made: 0,
    handled: 0,
    asks: 0,
    failedAsks: {},
    moves: 0,
    refusedMoves: 0,
    kills: 0,
    freezes: 0,
    suspends: 0,
    joins: 0,
    leaves: 0,
    refusedNamesakes: 0,
    replacedNodes: 0,
    storeLosses: 0,
    failedStarts: 0,
    falseDeaths: 0,
    conflicts: 0,
    violations: [],
  };
  readonly #cluster: SoakCluster;
  readonly #random: Random;
  readonly #faults: SoakFaults;
  readonly #under = new Set<Promise<unknown>>();
  #ids: string[] = [];
  /** The trace of the actor of the last round's first problem; empty when there was none. */
  #trace = "";

  private constructor(cluster: SoakCluster, seed: number) {
    this.#cluster = cluster;
    this.#random = seededRandom(seed);
    this.#faults = new SoakFaults({
      cluster,
      random: this.#random,
      figures: this.figures,
      ids: () => this.#ids,
      begin: (work) => this.#begin(work),
      joined: ({ machine }) => machine.does.talk(this.#ids, pauseMs),
      heard: (said) => this.#heard(said),
    });
  }

  /** Runs a soak. Resolves with the figures, which include broken promises in words. Nothing is left running. */
  static async run({ minutes, seed, faults, told }: SoakOptions): Promise<SoakFigures> {
    const cluster = await SoakCluster.start();
    const soak = new Soak(cluster, seed);
    const { violations } = soak.figures;
    const endMs = sharedNowMs() + minutes * 60_000;
    const faultsMs = Math.min(30_000, Math.max(8_000, minutes * 7_000));
    try {
      while (sharedNowMs() < endMs) {
        const kinds = faults ?? turns[soak.figures.rounds % turns.length] ?? [];
        const before = violations.length;
        await soak.#round(kinds, faultsMs);
        told(`round ${soak.figures.rounds} (${kinds.join(", ")}): ${violations.length - before} violations`);
        for (const problem of violations.slice(before, before + 10)) told(`  ${problem}`);
        if (soak.#trace !== "") told(soak.#trace);
      }
    } catch (error) {
      violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      told(`round ${soak.figures.rounds}: ${violations.at(-1)}`);
    } finally {
      await cluster.close(violations.length > 0);
      if (violations.length > 0) told(`the histories are in ${cluster.folder}`);
    }
    return soak.figures;
  }

  async #round(kinds: readonly SoakFault[], faultsMs: number): Promise<void> {
    const { figures } = this;
    const cluster = this.#cluster;
    const round = ++figures.rounds;
    await this.#whole();
    this.#ids = Array.from({ length: actors }, (_, i) => `r${round}-${i}`);
    await cluster.awake[0]?.machine.does.start(this.#ids);
    await Promise.all(cluster.awake.map(({ machine }) => machine.does.talk(this.#ids, pauseMs)));
    const endMs = sharedNowMs() + faultsMs;
    while (sharedNowMs() < endMs) {
      for (let n = 0; n < 3; n++) this.#move();
      if (this.#random.next() < 0.25) await this.#faults.strike(this.#oneOf(kinds));
      await pause(100 + this.#random.next() * 400);
    }
    await within("all that was begun ends", Promise.all([...this.#under]));
    const said = await within("all processes are quiet", Promise.all(cluster.awake.map(({ machine }) => machine.does.hush())));
    for (const one of said) this.#heard(one);
    await this.#whole();
    await this.#rest();
    const readings = await this.#readings();
    const restAtMs = sharedNowMs();
    // Three ticks pass, so that a duplicate which no registry names is heard.
    await pause(1_700);
    const nodes = await Promise.all(
      cluster.awake.map(async ({ name, machine }) => ({
        name,
        dump: await machine.does.dump(),
        stats: await machine.does.stats(),
      })),
    );
    await cluster.awake[0]?.machine.does.stop(this.#ids);
    await this.#rest();
    const { events, counted } = await cluster.endRound();
    this.#count(events);
    const problems = checkRound({ events, counted, nodes, readings, restAtMs });
    figures.violations.push(...problems.map((problem) => `round ${round}: ${problem}`));
    this.#trace = traceOf(problems.slice(0, 1), problems.length > 0 ? events : [], events[0]?.atMs ?? 0, traceLines);
  }

  /** Brings the cluster to its full size, and waits until all nodes see each other and hold the same registry. */
  async #whole(): Promise<void> {
    const cluster = this.#cluster;
    while (cluster.members.size < nodesWanted) await cluster.join();
    const names = [...cluster.members.keys()].sort().join();
    await until(
      "all nodes see each other",
      async () => {
        const seen = await Promise.all(cluster.awake.map(({ machine }) => machine.does.nodes()));
        return seen.every((nodes) => nodes.join() === names) || seen;
      },
      settleWithinMs,
    );
  }

  /** Waits for rest: no ask waits, all counters stand still, all registries are equal. */
  async #rest(): Promise<void> {
    let before = "";
    await until(
      "all is at rest",
      async () => {
        const stats = await Promise.all(this.#cluster.awake.map(({ machine }) => machine.does.stats()));
        const dumps = await Promise.all(
          this.#cluster.awake.map(async ({ machine }) => JSON.stringify(await machine.does.dump())),
        );
        const pending = stats.reduce((sum, { asks }) => sum + asks.pending, 0);
        const orphans = stats.reduce((sum, { registry }) => sum + registry.orphans, 0);
        // Ticks go on, so the counters grow; the number of messages that have not ended stands still when nothing else is under way.
        const now = JSON.stringify([stats.map(({ moves, restarts }) => [moves.count, moves.arrived, restarts]), dumps[0]]);
        const still = now === before;
        before = now;
        await pause(300);
        return (
          (still && pending === 0 && orphans === 0 && new Set(dumps).size === 1) || {
            still,
            pending,
            orphans,
            registries: new Set(dumps).size,
          }
        );
      },
      settleWithinMs,
    );
  }

  async #readings(): Promise<Map<string, Reading>> {
    const asker = this.#cluster.awake[0]?.machine.does;
    const readings = new Map<string, Reading>();
    for (const id of this.#ids) {
      const reading = await asker?.read(id).catch((error: Error) => error.message);
      if (typeof reading === "object") readings.set(id, reading);
      else this.figures.violations.push(`P6: at rest ${id} does not answer: ${reading}`);
    }
    return readings;
  }

  #move(): void {
    const cluster = this.#cluster;
    const [by, to] = [this.#oneOf(cluster.awake), this.#oneOf([...cluster.members.values()])];
    this.#begin(
      by.machine.does.move(this.#oneOf(this.#ids), to.name, this.#random.next() < 0.5 ? 0 : 1).then(
        () => void this.figures.moves++,
        () => void this.figures.refusedMoves++,
      ),
    );
  }

  /** Follows work that must end before the round does; for a killed process its exit is enough. */
  #begin(work: Promise<void>): void {
    const followed = work.catch((error: Error) => {
      if (error.message !== "the process has ended") this.figures.violations.push(error.stack ?? error.message);
    });
    this.#under.add(followed);
    void followed.finally(() => this.#under.delete(followed));
  }

  #heard({ asked, settled, failed, waiting }: ChatterFigures): void {
    this.figures.asks += settled;
    for (const [code, count] of Object.entries(failed))
      this.figures.failedAsks[code] = (this.figures.failedAsks[code] ?? 0) + count;
    if (asked !== settled)
      this.figures.violations.push(`P5: of ${asked} asks only ${settled} settled; open: ${waiting.join("; ")}`);
  }

  #oneOf<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random.next() * items.length)];
    if (item === undefined) throw new Error("there is none to choose from");
    return item;
  }

  #count(events: readonly HistoryEvent[]): void {
    this.figures.falseDeaths += falseDeaths(events).length;
    for (const event of events) {
      if (event.kind === "made") this.figures.made++;
      else if (event.kind === "handling") this.figures.handled++;
      else if (event.kind === "event" && event.name === "conflict") this.figures.conflicts++;
      else if (event.kind === "event" && event.name === "startFailing") this.figures.failedStarts++;
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${settleWithinMs} ms: ${what}`)), settleWithinMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
