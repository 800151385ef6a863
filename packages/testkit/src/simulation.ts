/*
 * A simulated cluster: its nodes, its virtual time, its network, and the verbs that break them.
 * Without it there would be no cluster to tell a story about, and no checks at rest.
 */
import type { AnyActor, Cell } from "@process-hub/actor";
import { type CloseResult, Hub, type HubOptions, type HubSettings, hubSettings, type LoadMeter } from "@process-hub/cluster";
import {
  type ActorId,
  type Epoch,
  type MarkName,
  type PlaceId,
  type Random,
  realClock,
  StrictChecks,
  seededRandom,
  shown,
  threadOfPlace,
} from "@process-hub/protocol";
import { clusterView, consistentHashing, type RedundancyStrategy } from "@process-hub/strategies";
import { type InlineThread, InlineThreads } from "@process-hub/threads/inline";
import { checkAll } from "./checkers/check-all.js";
import { guardedHub, Lifeline, unlessDown } from "./guarded-hub.js";
import { History } from "./history.js";
import type { ActorModel } from "./linearizability/sequential-model.js";
import { StoryAsks } from "./linearizability/story-asks.js";
import { checkStory } from "./linearizability/story-operations.js";
import { type ClockFault, MachineClock } from "./machine-clock.js";
import { notedEvents } from "./noted-events.js";
import { Domain, Scheduler } from "./scheduler.js";
import { type Faults, faultless, type LateCopies, SimNetwork, type Traffic } from "./sim-network.js";
import { SimulationError } from "./simulation-error.js";
import { Steps, untilOver, type Verbs } from "./steps.js";
import { slowHandlers, storyError } from "./story-error.js";
import { checkedAnswer, checkedGroups, checkedMs, refused } from "./verb-arguments.js";

const verbs: Verbs = {
  waited: new Set<keyof Simulation>(["run", "until", "check", "join", "leave", "restart", "rename", "startNamesake"]),
  sudden: new Set<keyof Simulation>([
    ...(["cut", "heal", "crash", "freeze", "suspend", "thaw", "setClock"] as const),
    ...(["killThread", "blockThread", "unblockThread", "thawReplaced"] as const),
  ]),
};

/** How long a story waits for the cluster to serve before it begins anyway. */
const servesWithinMs = 10_000;

/** A number of nodes on which the redundancy strategy is asked whether several replicas serve. */
const manyNodes = 9;

/** The options of a simulation. */
export interface SimulationOptions {
  readonly seed: number;
  /** How many nodes begin. Default 3. */
  readonly nodes?: number;
  /** Threads of each node. Default 2. */
  readonly threads?: number;
  /** The faults of the network. Default: delays of 0.1 to 1 ms, nothing lost. */
  readonly faults?: Partial<Faults>;
  readonly actors: readonly AnyActor[];
  /** The actors of a node as it starts, instead of `actors`: nodes may differ while they are deployed one by one. */
  readonly actorsOf?: (node: string) => readonly AnyActor[];
  /** How busy a node's machine is, for strategies that ask. Default: idle. */
  readonly load?: (node: string) => LoadMeter;
  /** How wrong the clocks of a node's machine are when the node starts. Default: all are right. */
  readonly clocks?: (node: string) => ClockFault;
  /** Times of a node as it starts, instead of those that `hub` gives: nodes may differ while they are restarted one by one. */
  readonly timings?: (node: string) => HubOptions["timings"];
  /** More options of every hub: strategies, timings, limits. */
  readonly hub?: Omit<HubOptions, "id" | "node" | "threads" | "actors" | "transport">;
}

/** One node of a simulation. Its hub stays readable after its death. */
export interface SimNode {
  name: string;
  hub: Hub;
  domain: Domain;
  threads: InlineThreads;
  /** The domains of its threads, those that have ended included. */
  places: Map<PlaceId, Domain>;
  /** Ends with the node; calls that wait for the hub end with it. */
  life: Lifeline;
  state: "up" | "frozen" | "down";
  /** Since when its machine is suspended, in virtual time. */
  suspendedAtMs?: number | undefined;
  /** When it woke after another process of its name had taken its place. */
  wokeAtMs?: number;
}

/** A whole cluster in one thread: virtual time, seeded chance, inline threads, a network with faults, and verbs that break things. */
export class Simulation {
  readonly seed: number;
  readonly history: History;
  /** What came of the asks of its story. */
  readonly asks: StoryAsks;
  readonly nodes: SimNode[] = [];
  /** The random numbers of a story: from the same seed, and apart from the network's. */
  readonly random: Random;
  readonly #options: SimulationOptions;
  readonly #scheduler: Scheduler;
  readonly #network: SimNetwork;
  readonly #random: Random;
  readonly #steps: Steps;
  readonly #past: { readonly hub: Hub }[] = [];
  /** The nodes that others of their names have replaced: each must end by itself. */
  readonly #replaced: SimNode[] = [];
  /** Second processes of a name, until each is the node or was refused. */
  readonly #opening = new Set<Pick<SimNode, "threads" | "places">>();
  /** One for all nodes: an invariant that any node breaks fails the simulation. */
  readonly #strict = new StrictChecks();
  /** The longest that any of its nodes has had. */
  #downAfterMs = 0;
  #looks: (() => void)[] = [];
  #cut: ReadonlyMap<string, number> | undefined;
  #oneWay = false;

  /** `steps`: the steps of its story, and their limit. */
  constructor(options: SimulationOptions, steps = new Steps()) {
    this.#steps = steps;
    // One strategy for all nodes: it keeps the rings that it has built.
    this.#options = { ...options, hub: { distribution: consistentHashing(), ...options.hub } };
    this.seed = options.seed;
    this.#random = seededRandom(options.seed);
    this.random = seededRandom(options.seed ^ 0x5bd1e995);
    this.#scheduler = new Scheduler(() => this.#random.next());
    this.history = new History(() => this.#scheduler.nowMs);
    this.asks = new StoryAsks(this.history, () => this.#scheduler.nowMs);
    this.#network = new SimNetwork(this.#scheduler, this.#random, { ...faultless, ...options.faults });
    this.#network.reaches = (from, to) => this.#reaches(from, to);
    const strategy = options.hub?.partitionTolerance;
    if (strategy !== undefined && strategy.alwaysServes !== true) this.history.quorum(strategy.name);
    if (this.activeOf(this.replicasOf(manyNodes)) > 1) this.history.replicas(options.hub?.redundancy?.name ?? "");
  }

  get nowMs(): number {
    return this.#scheduler.nowMs;
  }

  /** The hub of a node. When the node has crashed, calls reject with `NodeDown`; what the hub knew can still be read. */
  hub(index: number): Hub {
    return this.#node(index).hub;
  }

  /** The messages and bytes that a node has sent and received since it opened. */
  traffic(index: number): Traffic | undefined {
    return this.#network.traffic(this.#node(index).name);
  }

  /** The messages and bytes that all nodes have sent and received, those that are gone included. */
  get totalTraffic(): Traffic {
    return this.#network.total;
  }

  /** How many copies of datagrams came much later, as `faults.late` has it. */
  get lateCopies(): LateCopies {
    return this.#network.lateCopies;
  }

  /** While true the network loses, doubles and overtakes nothing, whatever its faults; a cut stays. */
  get calm(): boolean {
    return this.#network.calm;
  }

  set calm(calm: boolean) {
    this.#network.calm = calm;
  }

  /** Lets virtual time pass. */
  async run(ms: number): Promise<void> {
    const endMs = this.nowMs + checkedMs("run", ms);
    return new Promise((resolve) => this.#scheduler.at(endMs, undefined, resolve));
  }

  /** Resolves when `check` holds; looks after every event. Rejects with `why` after `withinMs` of virtual time. */
  async until(why: string, check: () => boolean, withinMs = 60_000): Promise<void> {
    const endMs = this.nowMs + checkedMs("until", withinMs);
    return new Promise((resolve, reject) => {
      const ended = (): void => {
        late.cancel();
        this.#looks = this.#looks.filter((other) => other !== look);
      };
      const look = (): void => {
        try {
          if (!checkedAnswer("until", check())) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        ended();
      };
      const late = this.#scheduler.at(endMs, undefined, () => {
        ended();
        const problems = [`${why}: not within ${withinMs} ms`, ...slowHandlers(this)];
        reject(new SimulationError(this.seed, problems, this.history.events));
      });
      this.#looks.push(look);
      look();
    });
  }

  /**
   * Nodes of different groups no longer reach each other; one that is in none reaches all. `oneWay`: only those of later groups do not reach
   * earlier ones.
   */
  cut(groups: readonly (readonly number[])[], options: { readonly oneWay?: boolean } = {}): void {
    this.#cut = new Map(
      checkedGroups(groups).flatMap((group, side) => group.map((index) => [this.#node(index, "cut").name, side] as const)),
    );
    this.#oneWay = options.oneWay === true;
    this.history.fault(`cut ${JSON.stringify(groups)}${this.#oneWay ? " one way" : ""}`);
  }

  /** False while the network is cut. */
  get whole(): boolean {
    return this.#cut === undefined;
  }

  /** The network is whole again. */
  heal(): void {
    this.#cut = undefined;
    this.history.fault("heal");
  }

  /** Ends a node at once, as power loss does. */
  crash(index: number): void {
    const node = this.#node(index, "crash", ["up", "frozen"]);
    node.domain.die();
    node.state = "down";
    node.life.cut("crashed");
    this.history.fault(`crash ${node.name}`);
  }

  /** Stops a node in its tracks, all of its threads, until `thaw`. */
  freeze(index: number): void {
    const node = this.#node(index, "freeze", ["up"]);
    node.domain.freeze();
    node.state = "frozen";
    this.history.fault(`freeze ${node.name}`);
  }

  /** Suspends the machine of a node until `thaw`: as `freeze`, and its monotonic clock does not count that time. */
  suspend(index: number): void {
    const node = this.#node(index, "suspend", ["up"]);
    this.freeze(index);
    node.suspendedAtMs = this.nowMs;
    this.history.fault(`suspend ${node.name}`);
  }

  /** Sets the wall clock of a node's machine so far ahead of virtual time. A life that runs keeps its monotonic clock. */
  setClock(index: number, aheadMs: number): void {
    const node = this.#node(index, "setClock");
    node.domain.machine.aheadMs = aheadMs;
    this.history.fault(`clock of ${node.name} ${aheadMs} ms ahead`);
  }

  /** A frozen node, or suspended machine, goes on where it was; nothing happens to one that is neither. */
  thaw(index: number): void {
    const node = this.#node(index, "thaw", ["up", "frozen"]);
    if (node.state !== "frozen") return;
    node.state = "up";
    if (node.suspendedAtMs !== undefined) node.domain.machine.stoodStill(this.nowMs - node.suspendedAtMs);
    node.suspendedAtMs = undefined;
    this.#scheduler.thaw(node.domain);
    this.history.fault(`thaw ${node.name}`);
  }

  /** Starts a node that is down again, under its name. Resolves when its hub serves; rejects with `NodeDown` when it crashes before. */
  restart(index: number): Promise<void> {
    return unlessDown(this.#restart(index));
  }

  async #restart(index: number): Promise<void> {
    const node = this.#node(index, "restart", ["down"]);
    this.history.fault(`restart ${node.name}`);
    this.#past.push({ hub: node.hub });
    Object.assign(node, { suspendedAtMs: undefined }, this.#make(node.name, node.domain.machine.aheadMs));
    await node.hub.open();
  }

  /** Adds a node. Resolves with its index when its hub serves; rejects with `NodeDown` when it crashes before. */
  join(): Promise<number> {
    return unlessDown(this.#join());
  }

  async #join(): Promise<number> {
    const name = `node-${this.nodes.length}`;
    const node = this.#make(name);
    this.nodes.push(node);
    this.history.fault(`join ${name}`);
    await node.hub.open();
    return this.nodes.length - 1;
  }

  /** Closes a node's hub: a graceful leave. Resolves with what the close did; rejects with `NodeDown` when it crashes before it has left. */
  leave(index: number): Promise<CloseResult> {
    return unlessDown(this.#leave(index));
  }

  async #leave(index: number): Promise<CloseResult> {
    const node = this.#node(index, "leave", ["up"]);
    this.history.fault(`leave ${node.name}`);
    return node.hub.close();
  }

  /**
   * Starts a second process of a node's name. Resolves when it serves: it is the node from then on, and the first one must end by itself, as
   * soon as it is thawed if it is frozen. Rejects with `HubConfigError` when it is refused, since the first one is alive.
   */
  startNamesake(index: number): Promise<void> {
    return unlessDown(this.#startNamesake(index));
  }

  async #startNamesake(index: number): Promise<void> {
    const node = this.#node(index, "startNamesake", ["up", "frozen"]);
    this.history.fault(`namesake of ${node.name}`);
    const { domain } = node;
    const second = this.#make(node.name, domain.machine.aheadMs);
    const refuse = (): void => {
      second.domain.die();
      this.#past.push({ hub: second.hub });
    };
    this.#opening.add(second);
    try {
      await second.hub.open();
    } catch (error) {
      refuse();
      throw error;
    } finally {
      this.#opening.delete(second);
    }
    // The first one crashed meanwhile, and has started again.
    if (node.domain !== domain) return refuse();
    this.#replaced.push({ ...node });
    this.#past.push({ hub: node.hub });
    Object.assign(node, { suspendedAtMs: undefined }, second);
    this.history.fault(`namesake replaces ${node.name}`);
  }

  /** Thaws all nodes that were replaced while they were frozen. */
  thawReplaced(): void {
    for (const node of this.#replaced) {
      const { name, domain } = node;
      if (!domain.frozen) continue;
      this.history.fault(`wake the replaced ${name}`);
      node.wokeAtMs = this.nowMs;
      this.#scheduler.thaw(domain);
    }
  }

  /**
   * A process that was replaced is the node again when the one that replaced it is gone and all others have let it in: nobody is left who had
   * met both, or it had stood still as it joined, and has claimed its name anew.
   */
  #returns(name: string): void {
    const node = this.nodes.find((one) => one.name === name);
    const first = this.#replaced.find((one) => one.name === name && !one.domain.dead && !one.domain.frozen && one.hub.isAlive());
    if (node?.state !== "down" || first === undefined) return;
    // Members that have not missed it are no sign: it may hear in an instant that it was replaced.
    if (this.nowMs - (first.wokeAtMs ?? 0) < this.#downAfterMs) return;
    if (!this.nodes.every((other) => other.state !== "up" || other.hub.nodes().includes(name))) return;
    this.#replaced.splice(this.#replaced.indexOf(first), 1);
    this.#past.splice(
      this.#past.findIndex(({ hub }) => hub === first.hub),
      1,
      { hub: node.hub },
    );
    Object.assign(node, { suspendedAtMs: undefined }, first, { state: "up" });
    this.history.fault(`return ${name}`);
  }

  /** The hubs of nodes that were replaced and have not ended. */
  get replacedAlive(): readonly Hub[] {
    return this.#replaced.flatMap(({ hub, domain }) => (!domain.dead && hub.isAlive() ? [hub] : []));
  }

  /** Gives a node that is alone another name. Rejects as `hub.rename` does. */
  rename(index: number, name: string): Promise<void> {
    return unlessDown(this.#rename(index, name));
  }

  async #rename(index: number, name: string): Promise<void> {
    const node = this.#node(index, "rename", ["up"]);
    this.history.fault(`rename ${node.name} to ${name}`);
    await node.hub.rename(name);
    node.name = name;
    node.life.node = name;
  }

  /** Ends one worker thread of a node, as an uncaught error does. */
  killThread(index: number, thread: number): void {
    const node = this.#node(index, "killThread", ["up", "frozen"]);
    const alive = this.#thread(node, "killThread", thread);
    this.history.fault(`kill thread ${thread} of ${node.name}`);
    if (alive === undefined) return;
    node.places.get(alive.place)?.die();
    alive.kill(new Error(`thread ${thread} was killed by the simulation`));
  }

  /** Keeps the event loop of one worker thread of a node busy until `unblockThread`, as a handler that computes does. Its node goes on. */
  blockThread(index: number, thread: number): void {
    const node = this.#node(index, "blockThread", ["up"]);
    const alive = this.#thread(node, "blockThread", thread);
    this.history.fault(`block thread ${thread} of ${node.name}`);
    if (alive === undefined) return;
    node.places.get(alive.place)?.freeze();
    alive.block();
  }

  /** A blocked thread goes on with all that came for it; nothing happens to one that is not blocked, or is another one by now. */
  unblockThread(index: number, thread: number): void {
    const node = this.#node(index, "unblockThread");
    const alive = this.#thread(node, "unblockThread", thread);
    const domain = alive && node.places.get(alive.place);
    if (domain?.frozen !== true) return;
    this.history.fault(`unblock thread ${thread} of ${node.name}`);
    this.#scheduler.thaw(domain);
    // Not in a node that has died, and in one that stands still when it goes on.
    this.#scheduler.at(this.nowMs, domain, () => alive?.unblock());
  }

  /**
   * For an `init` or a handler that is to take time: resolves after so much of its thread's time, later when the thread or node stands still
   * meanwhile, never when it dies. `at`: the `ctx` of the handler.
   */
  takes(
    ms: number,
    at: { readonly id: ActorId; readonly epoch: Epoch; readonly node: string; readonly thread: number },
  ): Promise<void> {
    const prefix = `${at.node}@`;
    const isIts = (cell: Cell): boolean => cell.id === at.id && cell.epoch === at.epoch;
    const found = [...this.nodes, ...this.#opening].flatMap(({ threads, places }) => {
      const thread = threads.living.find(({ place }) => place.startsWith(prefix) && threadOfPlace(place) === at.thread);
      const domain = thread && places.get(thread.place);
      return thread !== undefined && domain?.dead === false ? [{ thread, domain }] : [];
    });
    // Two processes may have one name: the actor is on one of them.
    const [one] = [...found.filter(({ thread }) => [...thread.cells, ...thread.passiveReplicas].some(isIts)), ...found];
    if (one === undefined) return new Promise(() => {});
    const { domain } = one;
    return new Promise((resolve) => this.#scheduler.at(this.nowMs + domain.machine.waits(ms), domain, resolve));
  }

  /** Every hub of the simulation, dead ones included. */
  everyHub(): readonly { readonly hub: Hub }[] {
    return [...this.#past, ...this.nodes];
  }

  /** The threads of all nodes that are up. */
  livingThreads(): InlineThread[] {
    return this.nodes.filter(({ state }) => state === "up").flatMap(({ threads }) => threads.living);
  }

  /** Actors that have messages and may run on no present node: they wait for their own nodes. */
  waiting(): string[] {
    const up = this.nodes.filter(({ state }) => state === "up");
    const ids = new Set(this.history.events.flatMap((event) => (event.kind === "made" ? [event.message.to] : [])));
    return [...ids].filter((id) => up.some(({ hub }) => hub.explain(id).state === "waiting"));
  }

  /** How many messages wait for such actors. */
  held(): number {
    const up = this.nodes.filter(({ state }) => state === "up");
    const threads = this.livingThreads();
    return this.waiting().reduce(
      (sum, id) =>
        sum +
        up.reduce((total, { hub }) => total + hub.explain(id).held, 0) +
        threads.reduce((total, thread) => total + thread.heldFor(id), 0),
      0,
    );
  }

  /** The running cell of an actor on a node that is up, and its place. */
  cells(): { readonly place: PlaceId; readonly cell: Cell }[] {
    return this.livingThreads().flatMap((thread) => thread.cells.map((cell) => ({ place: thread.place, cell })));
  }

  /** The passive replicas on nodes that are up, and their places. */
  passiveReplicas(): { readonly place: PlaceId; readonly cell: Cell }[] {
    return this.livingThreads().flatMap((thread) => thread.passiveReplicas.map((cell) => ({ place: thread.place, cell })));
  }

  /** How many replicas of an actor the redundancy strategy of its kind, else of the hub, wants when this many nodes are up. */
  replicasOf(nodes: number, actor?: string): number {
    const view = Array.from({ length: nodes }, (_, i) => ({ node: `node-${i}`, incarnation: "any", threads: 1, joinedAtMs: 0 }));
    return this.#redundancyOf(actor).replicas(clusterView(view));
  }

  /** How many of this many replicas of an actor are active. */
  activeOf(replicas: number, actor?: string): number {
    const owners = Array.from({ length: replicas }, (_, i) => `node-${i}`);
    return owners.filter((node) => this.#redundancyOf(actor).mode(owners, node) === "active").length;
  }

  #redundancyOf(actor: string | undefined): RedundancyStrategy {
    const { actors, redundancy } = this.#settings;
    const own = actors.find(({ name }) => name === actor)?.behaviour.redundancy;
    return own === undefined ? redundancy : (own as RedundancyStrategy);
  }

  /** The bounds that were broken at any time, in words. */
  get overfull(): readonly string[] {
    return [...this.history.overfull];
  }

  /** How often each rare path was taken, on any node; absent: never. */
  get marks(): ReadonlyMap<MarkName, number> {
    return this.#strict.marked;
  }

  get actors(): readonly AnyActor[] {
    return this.#options.actors;
  }

  /**
   * Waits until the cluster has had time to come to rest, on a network that loses nothing meanwhile, then runs every checker. Rejects with
   * `SimulationError`, or with `HubConfigError` while a cut is between nodes that are up. `linearizable`: sequential models of actors, made by
   * `modelOf`; what the story was told by each of these must be what one of the model tells, in some order of the calls that overlap.
   */
  async check({ linearizable = [] }: { readonly linearizable?: readonly ActorModel[] } = {}): Promise<void> {
    const up = this.nodes.filter(({ state }) => state === "up").map(({ name }) => name);
    if (up.some((from) => up.some((to) => !this.#reaches(from, to))))
      throw refused("check", "a network that is cut", "heal() first: a cluster comes to rest on a whole network");
    const { timings } = this.#settings;
    const { calm } = this;
    this.calm = true;
    await this.run(
      Math.max(timings.askTimeoutMs, timings.handoffTimeoutMs * 2) + this.#downAfterMs * 2 + timings.batchWindowMs * 4,
    );
    this.calm = calm;
    const problems = [...(await checkAll(this)), ...checkStory(this, linearizable)];
    if (problems.length > 0) throw new SimulationError(this.seed, problems, this.history.events);
  }

  /** Runs a story to its end: one event at a time, each followed by all the work it sets off. */
  async tell<T>(story: (sim: Simulation) => Promise<T>, maxMs: number): Promise<T> {
    for (let i = 0; i < (this.#options.nodes ?? 3); i++) this.nodes.push(this.#make(`node-${i}`));
    const opened = async (): Promise<T> => {
      for (const { hub } of this.nodes) await hub.open();
      if (this.history.events.some(({ kind }) => kind === "quorum")) await this.#served();
      return story(this.#steps.counted(this, verbs));
    };
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    untilOver(opened(), this.#steps, () => this.#settle()).then(
      (value) => {
        outcome = { value: value as T };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    const endMs = this.nowMs + maxMs;
    for (;;) {
      await macrotask();
      for (const { threads } of this.nodes) {
        while (threads.jobs.importing) {
          await threads.jobs.imported();
          // The work that an import begins is done before time goes on, as if the import took no time.
          await macrotask();
        }
      }
      // It counts even when the code that broke the invariant caught the error.
      const broken = this.#strict.first;
      if (broken !== undefined) throw this.#stuck(`broken invariant: ${broken.message}`);
      if (outcome !== undefined) break;
      if (!this.#scheduler.step()) throw this.#stuck("nothing is left to happen, and the story waits");
      if (this.nowMs > endMs) throw this.#stuck(`the story did not end within ${maxMs} ms of virtual time`);
      for (const { name } of [...this.#replaced]) this.#returns(name);
      if (this.#looks.length > 0) {
        await macrotask();
        for (const look of this.#looks) look();
      }
    }
    const failure = "error" in outcome ? { error: storyError(outcome.error, this) } : undefined;
    for (const { domain } of [...this.nodes, ...this.#replaced]) domain.die();
    if (failure !== undefined) throw failure.error;
    return (outcome as { readonly value: T }).value;
  }

  /**
   * Waits for the cluster to serve: under a strategy that counts nodes it does so some time after they have met. A cluster that may not
   * serve begins anyway.
   */
  async #served(): Promise<void> {
    await this.until("all nodes serve", () => this.nodes.every(({ hub }) => !hub.isPartitioned()), servesWithinMs).catch(
      () => {},
    );
  }

  /** Ends a story that was cut short: the nodes that are up come to rest without faults, and are checked. */
  async #settle(): Promise<undefined> {
    for (const [index, { state }] of this.nodes.entries()) if (state === "frozen") this.thaw(index);
    if (!this.whole) this.heal();
    this.calm = true;
    await this.check();
  }

  #stuck(problem: string): SimulationError {
    return new SimulationError(this.seed, [problem, ...slowHandlers(this)], this.history.events);
  }

  get #settings(): HubSettings {
    const { hub, actors } = this.#options;
    return hubSettings({ ...hub, id: "sim", actors });
  }

  get #threadCount(): number {
    return this.#options.threads ?? 2;
  }

  #node(index: number, verb = "hub", states?: readonly SimNode["state"][]): SimNode {
    const node = Number.isInteger(index) ? this.nodes[index] : undefined;
    if (node === undefined) {
      const last = this.nodes.length - 1;
      throw refused(verb, shown(index), `there is no node ${shown(index)}; there are ${last + 1}, 0 to ${last}`);
    }
    if (states?.includes(node.state) === false)
      throw refused(verb, `${node.name}, which is ${node.state}`, `takes a node that is ${states.join(" or ")}`);
    return node;
  }

  /** `aheadMs`: how wrong the machine's wall clock is by now. */
  #make(name: string, aheadMs?: number): SimNode {
    const { hub: options } = this.#options;
    const actors = this.#options.actorsOf?.(name) ?? this.#options.actors;
    const threadCount = this.#threadCount;
    const fault = { ...this.#options.clocks?.(name), ...(aheadMs === undefined ? {} : { aheadMs }) };
    const domain = new Domain(name, undefined, new MachineClock(this.nowMs, fault));
    const clock = this.#scheduler.clock(domain);
    const places = new Map<PlaceId, Domain>();
    const clockOf = (place: PlaceId) => {
      const own = new Domain(place, domain);
      places.set(place, own);
      return this.#scheduler.clock(own);
    };
    const threads = new InlineThreads({ clock, clockOf, actors, observer: this.history, checks: this.#strict });
    const timings = { ...options?.timings, ...this.#options.timings?.(name) };
    const settings = hubSettings({ ...options, timings, id: "sim", node: name, threads: threadCount, actors });
    this.#downAfterMs = Math.max(this.#downAfterMs, settings.timings.downAfterMs);
    const life = new Lifeline(name);
    const bare = new Hub({
      settings,
      node: name,
      threadCount,
      clock,
      random: this.#random,
      threads,
      transport: this.#network.transport(domain),
      observer: this.history,
      checks: this.#strict,
      load: this.#options.load?.(name),
    });
    for (const event of notedEvents) {
      const replaced = (): boolean => this.#replaced.some((one) => one.domain === domain);
      const epochOf = (id: string): number | undefined => bare.explain(id).place?.epoch;
      bare.on(event, (detail) => this.history.event(bare.node, event, detail, replaced(), epochOf), { priority: 1_000 });
    }
    const closed = (): void => {
      const node = this.nodes.find((one) => one.life === life);
      if (node !== undefined) node.state = "down";
    };
    const hub = guardedHub(bare, { life, steps: this.#steps, asks: this.asks, closed });
    return { name, hub, domain, threads, places, life, state: "up" };
  }

  /** The living thread of a number; undefined while there is none. */
  #thread({ threads }: SimNode, verb: string, thread: number): InlineThread | undefined {
    if (Number.isInteger(thread) && thread >= 0 && thread < this.#threadCount)
      return threads.living.find(({ place }) => threadOfPlace(place) === thread);
    throw refused(verb, shown(thread), `takes a thread of the node, 0 to ${this.#threadCount - 1}`);
  }

  #reaches(from: string, to: string): boolean {
    const a = this.#cut?.get(from);
    const b = this.#cut?.get(to);
    if (a === undefined || b === undefined || a === b) return true;
    return this.#oneWay && a < b;
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => realClock.defer(resolve));
}
