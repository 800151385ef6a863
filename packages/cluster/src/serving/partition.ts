import {
  HubConfigError,
  type NodeCard,
  type NodeName,
  nodeLife,
  nodeOf,
  Partitioned,
  type Pulse,
  type Timer,
} from "@process-hub/protocol";
import { clusterView, type PartitionVerdict, StrategyClient } from "@process-hub/strategies";
import { PausedActors } from "../lifecycle/paused-actors.js";
import type { Coordinator } from "../node/coordinator.js";
import { Acknowledgements } from "./acknowledgements.js";
import { Arbitration, type Backed } from "./arbitration.js";
import type { ServingLease } from "./serving-lease.js";

/** A lease may rest on heartbeats that were sent so many intervals ago. */
const backIntervals = 2;
/** What is acknowledged is looked at so often in a heartbeat's interval at most. */
const looksPerInterval = 8;
/** Epochs of one term of an arbiter's lease are below those of the next. */
const termStride = 1_000_000_000;

/**
 * Acts on the verdict of the partition strategy: may this node's side of a possible network cut serve?
 *
 * Two sides must not serve one actor at overlapping times, and a node cannot tell by hearing others whether they hear it. So under a strategy that
 * counts nodes the serving lease rests on what came back: it lasts from when this node *sent* the oldest heartbeat that a quorum has acknowledged,
 * for less time than after which any of them may call it down. What a dead node ran is started elsewhere only by a node that has a quorum
 * of members who have all lost sight of it. Any two quorums share a member; that one had heard nothing of the node for longer than
 * the lease it last helped to renew. A node whose lease ended serves again when a quorum agrees with it on who is there, and it knows
 * what they know: then what ran elsewhere meanwhile counts, and what did not goes on. Under a strategy with an arbiter the holder of its
 * lease takes the place of the shared member: see `Arbitration`.
 *
 * (Clocks may be set differently; that they run at the same rate, within what the lease is shorter (see `leaseTermMs`), is assumed.
 * Quorums share a member when all nodes count with the same size; strategies say what happens to it when nodes come during a cut.)
 */
export class Partition {
  /** False under a strategy that serves whatever happens, as `divergence` does: then nothing is asked, sent or kept. */
  readonly counts: boolean;
  /** True while this node does not serve. */
  paused: boolean;
  readonly #coordinator: Coordinator;
  readonly #lease: ServingLease;
  readonly #strategy: StrategyClient<"partition">;
  readonly #acknowledgements: Acknowledgements;
  readonly #arbitration: Arbitration;
  readonly #actors: PausedActors;
  #memory: unknown;
  #verdict: PartitionVerdict = "pause";
  /** Said goodbye, or announced it, and not yet told to the strategy. */
  readonly #left = new Set<NodeName>();
  readonly #leaving = new Set<string>();
  #agreed = false;
  #term = 0;
  /** The node's other incarnation, while it takes another name. */
  #twin: NodeName | undefined;
  #beatAtMs = 0;
  #prolonging: Timer | undefined;
  #changedAtMs = 0;
  #pausedAtMs: number;
  #endedAtMs = 0;
  #adoptsAtMs = 0;
  #told = false;
  #opened = false;
  #waiting: (() => void)[] = [];

  constructor(coordinator: Coordinator) {
    const { settings, clock, main, lease } = coordinator;
    const strategy = settings.partitionTolerance;
    this.#coordinator = coordinator;
    this.#lease = lease;
    this.counts = strategy.alwaysServes !== true;
    this.paused = this.counts;
    this.#pausedAtMs = clock.now();
    this.#memory = strategy.initialMemory;
    this.#acknowledgements = new Acknowledgements(main.slice(0, main.lastIndexOf("/")));
    this.#arbitration = new Arbitration(coordinator);
    this.#actors = new PausedActors(coordinator);
    this.#strategy = new StrategyClient({
      family: "partition",
      port: coordinator.strategies.open(strategy),
      clock,
      deadlineMs: settings.timings.downAfterMs,
      badFrame: (error) => coordinator.counters.badFrame(strategy.name, error),
    });
    if (this.counts) lease.end();
  }

  /** Before this node joins. Rejects when the strategy's arbiter can never be reached. */
  open(): Promise<void> {
    return this.#arbitration.open();
  }

  /**
   * Before this node joins the one of `old`, whose place it is to take under another name. The two are one node: neither counts the other, or a side
   * that may not serve could by renaming its node. This one remembers what that one did, as if it had come and that one had said goodbye.
   */
  async succeed(old: Partition): Promise<void> {
    this.#memory = old.#memory;
    const remember = (peers: readonly NodeCard[], left: readonly NodeName[]): Promise<void> =>
      new Promise((done) => this.#ask(peers, true, left, () => done()));
    const { card } = old.#coordinator;
    await remember([card], []);
    await remember([], [card.node]);
    this.#twin = card.node;
    old.#twin = this.#coordinator.node;
  }

  /** The other incarnation has ended: who joins under its name counts. */
  parted(): void {
    this.#twin = undefined;
  }

  /** Before this node leaves. */
  close(): Promise<void> {
    return this.#arbitration.close();
  }

  /** True while actors of this node may run and new ones may come. */
  get serves(): boolean {
    return !this.counts || (!this.paused && this.#coordinator.clock.now() <= (this.#lease.until[0] ?? 0));
  }

  /**
   * True while this node may start what dead nodes ran: nobody whom it counts on sees them. Several nodes may return in one instant, each
   * the only one that serves as far as it knows: who is to start what is clear when all have heard of each other. One that slept past its
   * lease takes members for dead whose links begin anew, until it has heard them again.
   */
  get mayAdopt(): boolean {
    const nowMs = this.#coordinator.clock.now();
    const holds = nowMs <= (this.#lease.until[0] ?? 0);
    return holds && (!this.counts || (this.#agreed && !this.paused && nowMs >= this.#adoptsAtMs));
  }

  /**
   * Resolves when this node knows who else serves; undefined when it does, as it does but for a while after it began to: others may have begun in the
   * same instant, and two that do not know of each other would each decide about an id.
   */
  knowsOthers(): Promise<void> | undefined {
    const { clock, membership } = this.#coordinator;
    const leftMs = this.#adoptsAtMs - clock.now();
    if (!this.counts || leftMs <= 0 || membership.peers.length === 0) return undefined;
    return this.#coordinator.after(leftMs);
  }

  /** The error of what this node does not do while it does not serve. */
  refusal(what: string, id?: string): Partitioned {
    const { node, membership } = this.#coordinator;
    const sees = membership.peers.map((card) => card.node).join(", ") || "nobody";
    return new Partitioned(
      `${what}: node ${node} does not serve, since the nodes it sees (${sees}) may not go on without the others`,
      id === undefined ? { node } : { id, node },
    );
  }

  /** The refusal of an ask of a user of this node that no one could answer now; undefined when it may be sent. */
  asked(id: string): Promise<never> | undefined {
    return this.counts && this.#opened && this.paused && !this.#runsElsewhere(id)
      ? Promise.reject(this.refusal(`actor ${id} is not asked`, id))
      : undefined;
  }

  /** Resolves when this node serves, or has waited for it as long as for a node that is down; `late` is called when it serves after that. */
  async opened(late: () => void): Promise<void> {
    if (this.paused) {
      const serves = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await Promise.race([serves, this.#coordinator.after(this.#coordinator.settings.timings.downAfterMs)]);
    }
    this.#opened = true;
    if (!this.paused) return;
    this.#waiting.push(late);
    this.#tell();
  }

  /** What goes with a heartbeat. */
  pulse(nowMs: number): Pulse | undefined {
    return this.counts ? this.#acknowledgements.next(nowMs, this.#arbitration.lends(nowMs)) : undefined;
  }

  pulsed(card: NodeCard, pulse: Pulse): void {
    if (!this.counts) return;
    this.#acknowledgements.received(card, pulse, this.#coordinator.clock.now());
    this.#arbitration.heard(card, pulse.lease);
    this.#prolong();
  }

  /** A member is about to say goodbye: should that be lost, its silence is no cut. */
  leaves(life: string): void {
    this.#leaving.add(life);
  }

  /** A member joined (no reason) or is gone. */
  changed(card: NodeCard, gone: "left" | "down" | undefined): void {
    const nowMs = this.#coordinator.clock.now();
    this.#changedAtMs = nowMs;
    this.#actors.unraise();
    const announced = this.#leaving.delete(nodeLife(card.node, card.incarnation));
    if (gone === undefined) {
      this.#left.delete(card.node);
      this.#acknowledgements.joined(card, nowMs);
    } else {
      if ((gone === "left" || announced) && card.node !== this.#twin) this.#left.add(card.node);
      this.#acknowledgements.left(card);
      this.#agreed = false;
    }
    this.#look(() => this.#verdict === "pause" && !this.paused && this.#pause());
  }

  /** A heartbeat was sent; `heardAtMs`: when each member was last heard. */
  beat(heardAtMs: readonly number[]): void {
    const { clock, membership, settings } = this.#coordinator;
    const { heartbeatIntervalMs, downAfterMs } = settings.timings;
    const nowMs = clock.now();
    // What this node did not hear while it stood still, nobody failed to say.
    if (nowMs - this.#beatAtMs > heartbeatIntervalMs * 2) this.#acknowledgements.forgive(nowMs);
    this.#beatAtMs = nowMs;
    for (const { node } of this.#acknowledgements.deafSince(nowMs - downAfterMs)) membership.drop(node);
    this.#look(() =>
      this.#newest(this.#arbitration.backed(this.#acknowledgements.latest(backIntervals), false), (confirmed) =>
        this.#newest(this.#arbitration.backed(this.#acknowledgements.agreeing(backIntervals), true), (agreed) =>
          this.#decide(confirmed, agreed, heardAtMs),
        ),
      ),
    );
  }

  /**
   * What was said back counts soon. Were it left to this node's next heartbeat, up to two intervals of the lease would be gone by then, and
   * one that is late would find nothing left. What comes within a short time is looked at once, however many members there are.
   */
  #prolong(): void {
    const { clock, settings } = this.#coordinator;
    this.#prolonging ??= clock.setTimeout(() => {
      this.#prolonging = undefined;
      this.#newest(this.#arbitration.backed(this.#acknowledgements.latest(backIntervals), false), (confirmed) => {
        if (confirmed === undefined || !this.serves || this.#verdict !== "serve") return;
        this.#raiseEpochAbove(confirmed.term, clock.now());
        this.#lease.renew(confirmed.sentAtMs, confirmed.untilMs);
      });
    }, settings.timings.heartbeatIntervalMs / looksPerInterval);
  }

  /** The cluster has this many nodes from now on. Rejects with `HubConfigError` when the strategy does not count them. */
  reset(size: number): Promise<void> {
    const { name } = this.#coordinator.settings.partitionTolerance;
    return new Promise((resolve, reject) =>
      this.#strategy.ask(
        { type: "reset", memory: this.#memory, size },
        ({ memory }) => {
          this.#memory = memory;
          resolve();
        },
        (error) => {
          const text = `hub.resetClusterSize: ${error.message}`;
          const allowed = "a strategy that counts nodes, as majorityQuorum or dynamicQuorum";
          const fields = { path: "partitionTolerance", given: name, allowed };
          reject(error instanceof HubConfigError ? new HubConfigError(`${text}; use ${allowed}`, fields) : error);
        },
      ),
    );
  }

  /** An actor of this node ended. True when it was paused, and all that needs to be said of it has been. */
  ended(id: string, epoch: number): boolean {
    return this.paused && this.#actors.ended(id, epoch);
  }

  /** Asks about the members as they are, which the strategy remembers. */
  #look(then: () => void): void {
    const left = [...this.#left];
    this.#left.clear();
    this.#ask(this.#coordinator.membership.peers, true, left, (verdict) => {
      this.#verdict = verdict;
      then();
    });
  }

  /** The newest heartbeat of this node that enough members have acknowledged. */
  #newest(rests: readonly Backed[], found: (rest: Backed | undefined) => void): void {
    const [first, ...others] = rests;
    if (first === undefined) found(undefined);
    else
      this.#ask(first.by, false, [], (verdict) => {
        if (verdict === "serve") found(first);
        else this.#newest(others, found);
      });
  }

  /** Draining members count: they are there. A strategy that fails has not said that this side may serve. */
  #ask(
    peers: readonly NodeCard[],
    remember: boolean,
    left: readonly NodeName[],
    answered: (verdict: PartitionVerdict) => void,
  ): void {
    const { card, clock, log } = this.#coordinator;
    const view = clusterView(
      [card, ...peers.filter((peer) => peer.node !== this.#twin)].map(({ node, incarnation, places, joinedAtMs }) => ({
        node,
        incarnation,
        threads: places.length,
        joinedAtMs,
      })),
    );
    this.#strategy.ask(
      { type: "look", view, memory: this.#memory, atMs: clock.now(), remember, left },
      ({ verdict, memory }) => {
        if (remember) this.#memory = memory;
        answered(verdict);
      },
      (error) => {
        log("error", `the partition strategy failed: ${error.message}`, error);
        answered("pause");
      },
    );
  }

  #decide(confirmed: Backed | undefined, agreed: Backed | undefined, heardAtMs: readonly number[]): void {
    const nowMs = this.#coordinator.clock.now();
    this.#raiseEpochAbove(Math.max(confirmed?.term ?? 0, agreed?.term ?? 0), nowMs);
    const untilMs = this.#lease.until[0] ?? 0;
    const may = this.#verdict === "serve";
    if (!this.paused && (!may || nowMs > untilMs)) this.#pause();
    else if (!this.paused && confirmed !== undefined) this.#lease.renew(confirmed.sentAtMs, confirmed.untilMs);
    const agreedBefore = this.#agreed;
    this.#agreed = may && agreed !== undefined;
    if (this.paused) {
      this.#actors.quiesce(this.#stops(nowMs));
      if (this.#agreed && agreed !== undefined && this.#mayReturn(nowMs, heardAtMs)) this.#resume(agreed);
    } else if (this.#agreed) {
      if (this.mayAdopt) void this.#actors.restart();
      if (!agreedBefore) this.#coordinator.recovery.adoptOrphans();
    }
  }

  /** Others whom this node could not hear may have served under earlier terms of the arbiter's lease. */
  #raiseEpochAbove(term: number, nowMs: number): void {
    if (term <= this.#term) return;
    this.#term = term;
    this.#coordinator.registry.raiseEpochAbove(term * termStride);
    this.#changedAtMs = nowMs;
    this.#actors.unraise();
  }

  #pause(): void {
    const { clock, membership, mailer, log } = this.#coordinator;
    const nowMs = clock.now();
    this.paused = true;
    this.#agreed = false;
    this.#endedAtMs = Math.min(nowMs, this.#lease.until[0] ?? 0);
    this.#pausedAtMs = nowMs;
    this.#lease.end();
    this.#actors.quiesce(this.#stops(nowMs));
    mailer.asks.failWhere(
      (id) => !this.#runsElsewhere(id),
      (id) => this.refusal(`actor ${id} does not answer`, id),
    );
    this.#announce();
    log("warn", `this node serves nothing: it sees only ${membership.peers.map(({ node }) => node).join(", ") || "itself"}`);
  }

  #resume({ sentAtMs, untilMs }: Backed): void {
    const { redistribution, recovery, clock } = this.#coordinator;
    this.paused = false;
    this.#adoptsAtMs = clock.now() + this.#graceMs;
    this.#lease.renew(sentAtMs, untilMs);
    this.#actors.resume();
    this.#announce();
    redistribution.soon();
    clock.setTimeout(() => recovery.adoptOrphans(), this.#graceMs);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** One that does not serve takes no actors: to the ring it is as one that drains. */
  #announce(): void {
    const { membership, card } = this.#coordinator;
    for (const { node } of membership.peers) this.#coordinator.send(node, { type: "status", card });
    membership.announce();
    this.#coordinator.ownership.viewChanged();
    if (this.#opened) this.#tell();
  }

  #tell(): void {
    if (this.#told === this.paused) return;
    this.#told = this.paused;
    const { node, hooks, membership } = this.#coordinator;
    const members = [node, ...membership.peers.map((card) => card.node)].sort();
    hooks.emit("partitionChanged", { node, partitioned: this.paused, members });
  }

  /** A short stall of this very node costs no state: the actors stay until it is clear that it was more. */
  #stops(nowMs: number): boolean {
    if (this.#coordinator.settings.partitionTolerance.whilePaused === "freeze") return false;
    return this.#verdict === "pause" || this.#changedAtMs >= this.#endedAtMs || nowMs - this.#pausedAtMs > this.#graceMs * 2;
  }

  get #graceMs(): number {
    return this.#coordinator.settings.timings.suspectAfterMs;
  }

  /**
   * It has heard everyone since, knows what they know, and nobody came or went for a while: so a start of its actors elsewhere that was
   * under way is known too. One that never had an actor has nothing to hear of.
   */
  #mayReturn(nowMs: number, heardAtMs: readonly number[]): boolean {
    const { sync, registry, node } = this.#coordinator;
    if (!sync.isComplete || !this.#actors.ready) return false;
    if (!this.#opened && registry.recordsOf(node).length === 0) return true;
    const sinceMs = Math.max(this.#pausedAtMs, this.#changedAtMs);
    if (nowMs - sinceMs < this.#graceMs || heardAtMs.some((atMs) => atMs <= this.#pausedAtMs)) return false;
    return this.#changedAtMs < this.#endedAtMs || this.#actors.raise();
  }

  #runsElsewhere(id: string): boolean {
    const { registry, membership, node } = this.#coordinator;
    const record = registry.current(id);
    if (record === undefined || record.state === "down") return false;
    const host = nodeOf(record.place);
    return host !== node && membership.peer(host) !== undefined;
  }
}
