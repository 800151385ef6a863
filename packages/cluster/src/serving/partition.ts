/*
 * Decides by acknowledged heartbeats whether this node may serve: they prolong its lease, and their absence pauses the node.
 * Without it a node cut off from the others would serve beside the new owners of its actors.
 */
import {
  type Clock,
  HubConfigError,
  instant,
  type NodeCard,
  type NodeName,
  nodeLife,
  OutcomeUnknown,
  type Pulse,
  type StrategyPort,
  type Timer,
} from "@process-hub/protocol";
import { clusterView, type PartitionStrategy, type PartitionVerdict, StrategyClient } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
import type { OwnCard } from "../membership/greeter.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import { termStride } from "../registry/epochs.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { Timings } from "../settings/settings.js";
import { Acknowledgements } from "./acknowledgements.js";
import type { Arbitration, Backed } from "./arbitration.js";
import type { ServingGate } from "./serving-gate.js";
import type { ServingLease } from "./serving-lease.js";

/** A lease may rest on heartbeats that were sent at most this many intervals ago. */
const backIntervals = 2;
/** Acknowledgements are evaluated at most this many times in a heartbeat's interval. */
const looksPerInterval = 8;

/** The actors of a node that does not serve, as their pause needs them. */
export interface PausedWork {
  /** True when no actor is left that must end before this node may serve. */
  readonly ready: boolean;
  /** Pauses all actors of this node; `stop`: ends them too. Called again and again, since some arrive late. */
  quiesce(stop: boolean): void;
  /** Gives the kept actors fresh epochs. True when all have them; a later call may return that. */
  renumber(): boolean;
  /** A member joined or left: the fresh epochs must be higher than before. */
  membersChanged(): void;
  /** Kept actors that run nowhere else go on, with their state. */
  resume(): void;
  /** Stopped actors that run nowhere else start again, at their owners. */
  restart(): Promise<void>;
}

/** What a partition acts on, and whom it tells. */
export interface PartitionPorts {
  readonly local: Pick<LocalNode, "name" | "incarnation">;
  /** This node as the others see it. */
  readonly card: () => OwnCard;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "heartbeatIntervalMs" | "downAfterMs">;
  readonly strategy: PartitionStrategy;
  /** The port by which the strategy is asked. */
  readonly strategyPort: StrategyPort;
  readonly badFrame: (error: unknown) => void;
  readonly log: Log;
  readonly gate: ServingGate;
  readonly lease: Pick<ServingLease, "holds" | "heldAtMs" | "end" | "renew">;
  readonly arbitration: Arbitration;
  readonly membership: Pick<Membership, "peers" | "drop" | "longest">;
  readonly registry: Pick<Registry, "raiseEpochAbove" | "recordsOf">;
  readonly sync: Pick<RegistrySync, "isComplete">;
  readonly actors: PausedWork;
  /** Rejects asks of this node's users that nobody can answer now. */
  readonly failAsks: (isOpen: (id: string) => boolean, error: (id: string) => OutcomeUnknown) => void;
  /** Tells the members whether this node takes actors. */
  readonly announce: () => void;
  /** The node serves again; after `graceMs` it may adopt what dead nodes ran. */
  readonly resumed: (graceMs: number) => void;
  /** The members agree with this node again on who is there. */
  readonly agreedAnew: () => void;
}

/**
 * Acts on the verdict of the partition strategy: may this node's side of a possible network cut serve?
 *
 * Two sides must not serve one actor at overlapping times, and a node that hears others cannot tell whether they hear it. So under a
 * strategy that counts nodes the serving lease rests on acknowledgements. It lasts from when this node *sent* the newest heartbeat that a
 * quorum has acknowledged, for less time than any of that quorum waits before it may call the node down. The actors of a dead node are
 * started elsewhere only by a node with a quorum of members that have all lost sight of the dead one. Any two quorums share a member, and
 * that member has heard nothing of the dead node for longer than the lease it last helped to renew. A node whose lease ended serves again
 * when a quorum agrees with it on who is there and it knows what they know. Then an actor that ran elsewhere meanwhile stays there, and the
 * others go on here. Under a strategy with an arbiter the holder of its lease takes the place of the shared member: see `Arbitration`.
 *
 * (Each node goes by its own times, which its card says; whoever waits for it waits for as long as the longer of the two. So times change by
 * restarting one node after another.)
 *
 * (Clocks may be set differently. They are assumed to run at the same rate, within the margin by which the lease is shorter, see
 * `leaseTermMs`. Quorums share a member when all nodes count with the same size; each strategy says how the size changes when nodes come
 * during a cut.)
 */
export class Partition {
  readonly #ports: PartitionPorts;
  readonly #strategy: StrategyClient<"partition">;
  readonly #acknowledgements: Acknowledgements;
  readonly #arbitration: Arbitration;
  #memory: unknown;
  /** What the members are told of the memory. */
  #told: unknown;
  /** The heartbeat from which on it is told, until all members have heard it. */
  #toldFrom = 1;
  /** The changes of the memory that wait for one under way: each goes on from what the one before has left. */
  readonly #changes: ((done: () => void) => void)[] = [];
  #changing = false;
  #verdict: PartitionVerdict = "pause";
  /** Nodes that said goodbye, or announced it, and whose leave the strategy has not been told yet. */
  readonly #left = new Set<NodeName>();
  readonly #leaving = new Set<string>();
  #term = 0;
  /** The node's other incarnation, while it takes another name. */
  #twin: NodeName | undefined;
  #beatAtMs = 0;
  #prolonging: Timer | undefined;
  #changedAtMs = 0;
  #pausedAtMs: number;
  #endedAtMs = 0;

  constructor(ports: PartitionPorts) {
    this.#ports = ports;
    const { local, clock, timings, strategy, strategyPort, badFrame, gate, lease, arbitration } = ports;
    this.#pausedAtMs = clock.now();
    this.#memory = strategy.initialMemory;
    this.#acknowledgements = new Acknowledgements(nodeLife(local.name, local.incarnation));
    this.#arbitration = arbitration;
    this.#strategy = new StrategyClient({
      family: "partition",
      port: strategyPort,
      clock,
      deadlineMs: timings.downAfterMs,
      badFrame,
    });
    if (gate.counts) lease.end();
  }

  /** Called before this node joins. Rejects when the strategy's arbiter can never be reached. */
  open(): Promise<void> {
    return this.#arbitration.open();
  }

  /**
   * Called before this node joins the node of `old`, whose place it takes under another name. The two are one node, so neither counts the
   * other; otherwise a side that may not serve could do so by renaming its node. This node takes over the memory of the old one, as if it
   * had joined and the old one had said goodbye.
   */
  async succeed(old: Partition): Promise<void> {
    this.#memory = old.#memory;
    const remember = (peers: readonly OwnCard[], left: readonly NodeName[]): Promise<void> =>
      new Promise((done) => this.#ask(peers, true, left, () => done()));
    const card = old.#ports.card();
    await remember([card], []);
    await remember([], [card.node]);
    this.#twin = card.node;
    old.#twin = this.#ports.local.name;
  }

  /** The other incarnation has ended: a node that joins under its name counts. */
  parted(): void {
    this.#twin = undefined;
  }

  /** Called before this node leaves. */
  close(): Promise<void> {
    return this.#arbitration.close();
  }

  /** The pulse of the next heartbeat; undefined under a strategy that always serves. */
  pulse(): Pulse | undefined {
    const { gate, clock } = this.#ports;
    if (!gate.counts) return undefined;
    const told = this.#acknowledgements.allHeard(this.#toldFrom) ? undefined : this.#told;
    return this.#acknowledgements.next(instant(clock), this.#arbitration.lends(), told);
  }

  pulsed(card: NodeCard, pulse: Pulse): void {
    const { gate, clock } = this.#ports;
    if (!gate.counts) return;
    // What a heartbeat acknowledges counts when what came with it is known.
    this.#learn(pulse.memory, () => {
      this.#acknowledgements.received(card, pulse, clock.now());
      this.#arbitration.heard(card, pulse.lease);
      this.#prolong();
    });
  }

  /** Another member tells what it remembers. */
  #learn(told: unknown, then: () => void): void {
    if (told === undefined) {
      then();
      return;
    }
    const { clock, log } = this.#ports;
    this.#change((done) =>
      this.#strategy.ask(
        { type: "learn", memory: this.#memory, told, atMs: clock.now() },
        ({ memory }) => {
          this.#memory = memory;
          done();
          then();
        },
        (error) => {
          log("error", `the partition strategy failed: ${error.message}`, error);
          done();
          then();
        },
      ),
    );
  }

  /** Changes the memory, after all changes that were asked for before. */
  #change(change: (done: () => void) => void): void {
    this.#changes.push(change);
    if (!this.#changing) this.#changeNext();
  }

  #changeNext(): void {
    const change = this.#changes.shift();
    this.#changing = change !== undefined;
    change?.(() => this.#changeNext());
  }

  /** A member is about to say goodbye: if the goodbye is lost, its silence is not taken for a cut. */
  leaves(life: string): void {
    this.#leaving.add(life);
  }

  /** A member joined (`gone` undefined) or is gone. */
  changed(card: NodeCard, gone: "left" | "down" | undefined): void {
    const { clock, gate, actors } = this.#ports;
    const nowMs = clock.now();
    this.#changedAtMs = nowMs;
    this.#tellAnew();
    actors.membersChanged();
    const announced = this.#leaving.delete(nodeLife(card.node, card.incarnation));
    if (gone === undefined) {
      this.#left.delete(card.node);
      this.#acknowledgements.joined(card, nowMs);
    } else {
      if ((gone === "left" || announced) && card.node !== this.#twin) this.#left.add(card.node);
      this.#acknowledgements.left(card);
      gate.agree(false);
    }
    this.#look(() => this.#verdict === "pause" && !gate.paused && this.#pause());
  }

  /** The members are told with the next heartbeats what this node remembers. */
  #tellAnew(): void {
    this.#toldFrom = this.#acknowledgements.nextNumber;
  }

  /** A heartbeat was sent; `heardAtMs`: when each member was last heard. */
  beat(heardAtMs: readonly number[]): void {
    const { clock, membership, timings } = this.#ports;
    const { heartbeatIntervalMs, downAfterMs } = timings;
    const nowMs = clock.now();
    // This node stood still: the silence since is its own, not the members'.
    if (nowMs - this.#beatAtMs > heartbeatIntervalMs * 2) this.#acknowledgements.forgive(nowMs);
    this.#beatAtMs = nowMs;
    for (const { node } of this.#acknowledgements.deaf(nowMs, downAfterMs)) membership.drop(node);
    this.#look(() =>
      this.#newest(this.#arbitration.backed(this.#acknowledgements.latest(backIntervals), false), (confirmed) =>
        this.#newest(this.#arbitration.backed(this.#acknowledgements.agreeing(backIntervals), true), (agreed) =>
          this.#decide(confirmed, agreed, heardAtMs),
        ),
      ),
    );
  }

  /**
   * Prolongs the lease soon after an acknowledgement. At this node's next heartbeat up to two intervals of the lease would be gone, and a
   * late heartbeat would find nothing left. Acknowledgements that come within a short time are evaluated together, however many members
   * there are.
   */
  #prolong(): void {
    const { clock, timings, gate, lease } = this.#ports;
    this.#prolonging ??= clock.setTimeout(() => {
      this.#prolonging = undefined;
      this.#newest(this.#arbitration.backed(this.#acknowledgements.latest(backIntervals), false), (confirmed) => {
        if (confirmed === undefined || !gate.serves || this.#verdict !== "serve") return;
        this.#beginTerm(confirmed.term, clock.now());
        lease.renew(confirmed.sentAt, confirmed.forMs);
      });
    }, timings.heartbeatIntervalMs / looksPerInterval);
  }

  /** Sets how many nodes the cluster has from now on. Rejects with `HubConfigError` when the strategy does not count them. */
  reset(size: number): Promise<void> {
    const { name } = this.#ports.strategy;
    return new Promise((resolve, reject) =>
      this.#change((done) =>
        this.#strategy.ask(
          { type: "reset", memory: this.#memory, size },
          ({ memory }) => {
            this.#memory = memory;
            this.#tellAnew();
            done();
            resolve();
          },
          (error) => {
            done();
            const text = `hub.resetClusterSize: ${error.message}`;
            const allowed = "a strategy that counts nodes, as majorityQuorum or dynamicQuorum";
            const fields = { path: "partitionTolerance", given: name, allowed };
            reject(error instanceof HubConfigError ? new HubConfigError(`${text}; use ${allowed}`, fields) : error);
          },
        ),
      ),
    );
  }

  /** Asks the strategy about the members as they are; the strategy remembers them. */
  #look(then: () => void): void {
    const left = [...this.#left];
    this.#left.clear();
    this.#ask(this.#ports.membership.peers, true, left, (verdict) => {
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

  /** Asks the strategy about some members. Draining members count, since they are there. A strategy that fails means "pause". */
  #ask(
    peers: readonly OwnCard[],
    remember: boolean,
    left: readonly NodeName[],
    answered: (verdict: PartitionVerdict) => void,
  ): void {
    const { card, clock, log } = this.#ports;
    const view = clusterView(
      [card(), ...peers.filter((peer) => peer.node !== this.#twin)].map(({ node, incarnation, places, joinedAtMs }) => ({
        node,
        incarnation,
        threads: places.length,
        joinedAtMs,
      })),
    );
    const look = (done: () => void): void =>
      this.#strategy.ask(
        { type: "look", view, memory: this.#memory, atMs: clock.now(), remember, left },
        ({ verdict, memory, told }) => {
          if (remember) {
            this.#memory = memory;
            this.#told = told;
          }
          done();
          answered(verdict);
        },
        (error) => {
          log("error", `the partition strategy failed: ${error.message}`, error);
          done();
          answered("pause");
        },
      );
    if (remember) this.#change(look);
    else look(() => {});
  }

  #decide(confirmed: Backed | undefined, agreed: Backed | undefined, heardAtMs: readonly number[]): void {
    const { clock, gate, lease, actors, agreedAnew } = this.#ports;
    const nowMs = clock.now();
    this.#beginTerm(Math.max(confirmed?.term ?? 0, agreed?.term ?? 0), nowMs);
    const may = this.#verdict === "serve";
    if (!gate.paused && (!may || !lease.holds)) this.#pause();
    else if (!gate.paused && confirmed !== undefined) lease.renew(confirmed.sentAt, confirmed.forMs);
    if (gate.paused) {
      this.#quiesce(nowMs);
      if (may && agreed !== undefined && this.#mayReturn(nowMs, heardAtMs)) this.#resume(agreed);
      return;
    }
    const agreedBefore = gate.agreed;
    gate.agree(may && agreed !== undefined);
    if (!gate.agreed) return;
    if (gate.mayAdopt) void actors.restart();
    if (!agreedBefore) agreedAnew();
  }

  /** A new term of the arbiter's lease begins: nodes that this node could not hear may have served under earlier terms. */
  #beginTerm(term: number, nowMs: number): void {
    if (term <= this.#term) return;
    this.#term = term;
    this.#ports.registry.raiseEpochAbove(term * termStride);
    this.#changedAtMs = nowMs;
    this.#ports.actors.membersChanged();
  }

  #pause(): void {
    const { clock, gate, lease, membership, failAsks, announce, log } = this.#ports;
    const nowMs = clock.now();
    this.#endedAtMs = lease.heldAtMs;
    this.#pausedAtMs = nowMs;
    gate.enter(this.#stops(nowMs) ? "stopped" : "kept");
    lease.end();
    this.#quiesce(nowMs);
    failAsks(
      (id) => !gate.runsElsewhere(id),
      (id) => {
        const cause = gate.refusal(`actor ${id} does not answer`, id);
        return new OutcomeUnknown(`actor ${id} may have handled it, or may yet: ${cause.message}`, cause.fields, cause);
      },
    );
    announce();
    gate.tell();
    log("warn", `this node serves nothing: it sees only ${membership.peers.map(({ node }) => node).join(", ") || "itself"}`);
  }

  #quiesce(nowMs: number): void {
    const { gate, actors } = this.#ports;
    const stops = this.#stops(nowMs);
    if (gate.phase !== "joining") gate.enter(stops ? "stopped" : "kept");
    actors.quiesce(stops);
  }

  #resume({ sentAt, forMs }: Backed): void {
    const { clock, membership, gate, lease, actors, announce, resumed } = this.#ports;
    const graceMs = membership.longest("suspectAfterMs");
    gate.returns(clock.now() + graceMs);
    lease.renew(sentAt, forMs);
    actors.resume();
    announce();
    gate.tell();
    resumed(graceMs);
    gate.release();
  }

  /** True when the paused actors must end. A short stall of this node costs no state: the actors stay until it is clear that it was more. */
  #stops(nowMs: number): boolean {
    const { strategy, membership } = this.#ports;
    if (strategy.whilePaused === "freeze") return false;
    const longMs = membership.longest("suspectAfterMs") * 2;
    return this.#verdict === "pause" || this.#changedAtMs >= this.#endedAtMs || nowMs - this.#pausedAtMs > longMs;
  }

  /**
   * True when this node may serve again: it has heard every member since, and by what size each counts, knows what they know, and no member came or went for a while, so
   * it knows of every start of its actors elsewhere. A node that never had an actor need not wait.
   */
  #mayReturn(nowMs: number, heardAtMs: readonly number[]): boolean {
    const { sync, registry, local, gate, actors, membership } = this.#ports;
    if (!sync.isComplete || !actors.ready || !this.#acknowledgements.metAll) return false;
    if (gate.opening && registry.recordsOf(local.name).length === 0) return true;
    const sinceMs = Math.max(this.#pausedAtMs, this.#changedAtMs);
    if (nowMs - sinceMs < membership.longest("suspectAfterMs") || heardAtMs.some((atMs) => atMs <= this.#pausedAtMs))
      return false;
    return this.#changedAtMs < this.#endedAtMs || actors.renumber();
  }
}
