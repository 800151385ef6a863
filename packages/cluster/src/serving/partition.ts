/*
 * The machine behind the serving gate: what a quorum has acknowledged prolongs this node's lease, and what it has not pauses the node.
 * Without it a node cut off from the others would serve beside their new owners.
 */
import {
  type Clock,
  HubConfigError,
  type NodeCard,
  type NodeName,
  nodeLife,
  type Partitioned,
  type Pulse,
  type StrategyPort,
  type Timer,
} from "@process-hub/protocol";
import { clusterView, type PartitionStrategy, type PartitionVerdict, StrategyClient } from "@process-hub/strategies";
import type { Log } from "../events/hub-events.js";
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

/** A lease may rest on heartbeats that were sent so many intervals ago. */
const backIntervals = 2;
/** What is acknowledged is looked at so often in a heartbeat's interval at most. */
const looksPerInterval = 8;

/** The actors of a node that does not serve, as their pause needs them. */
export interface PausedWork {
  /** True when none is left that is to end before this node may serve. */
  readonly ready: boolean;
  /** Looks at all actors of this node; `stop`: none stays in its thread. Called again and again, for some arrive late. */
  quiesce(stop: boolean): void;
  /** Gives what was kept fresh epochs. True when it has them: a later look may say so. */
  renumber(): boolean;
  /** Somebody came or went: fresh epochs are others than before. */
  membersChanged(): void;
  /** What was kept and runs nowhere else goes on, with its state. */
  resume(): void;
  /** What was stopped and runs nowhere else starts again, at its owner. */
  restart(): Promise<void>;
}

/** What a partition acts on, and whom it tells. */
export interface PartitionPorts {
  readonly local: Pick<LocalNode, "name" | "incarnation">;
  /** This node as the others see it. */
  readonly card: () => NodeCard;
  readonly clock: Clock;
  readonly timings: Pick<Timings, "heartbeatIntervalMs" | "suspectAfterMs" | "downAfterMs">;
  readonly strategy: PartitionStrategy;
  /** Where the strategy is asked. */
  readonly strategyPort: StrategyPort;
  readonly badFrame: (error: unknown) => void;
  readonly log: Log;
  readonly gate: ServingGate;
  readonly lease: Pick<ServingLease, "until" | "end" | "renew">;
  readonly arbitration: Arbitration;
  readonly membership: Pick<Membership, "peers" | "drop">;
  readonly registry: Pick<Registry, "raiseEpochAbove" | "recordsOf">;
  readonly sync: Pick<RegistrySync, "isComplete">;
  readonly actors: PausedWork;
  /** Settles asks of this node's users that nobody can answer now. */
  readonly failAsks: (isOpen: (id: string) => boolean, error: (id: string) => Partitioned) => void;
  /** Tells the members whether this node takes actors. */
  readonly announce: () => void;
  /** The node serves again; after `graceMs` it may adopt what dead nodes ran. */
  readonly resumed: (graceMs: number) => void;
  /** The others agree with this node again on who is there. */
  readonly agreedAnew: () => void;
}

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
  readonly #ports: PartitionPorts;
  readonly #strategy: StrategyClient<"partition">;
  readonly #acknowledgements: Acknowledgements;
  readonly #arbitration: Arbitration;
  #memory: unknown;
  #verdict: PartitionVerdict = "pause";
  /** Said goodbye, or announced it, and not yet told to the strategy. */
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
    const card = old.#ports.card();
    await remember([card], []);
    await remember([], [card.node]);
    this.#twin = card.node;
    old.#twin = this.#ports.local.name;
  }

  /** The other incarnation has ended: who joins under its name counts. */
  parted(): void {
    this.#twin = undefined;
  }

  /** Before this node leaves. */
  close(): Promise<void> {
    return this.#arbitration.close();
  }

  /** What goes with a heartbeat. */
  pulse(nowMs: number): Pulse | undefined {
    return this.#ports.gate.counts ? this.#acknowledgements.next(nowMs, this.#arbitration.lends(nowMs)) : undefined;
  }

  pulsed(card: NodeCard, pulse: Pulse): void {
    const { gate, clock } = this.#ports;
    if (!gate.counts) return;
    this.#acknowledgements.received(card, pulse, clock.now());
    this.#arbitration.heard(card, pulse.lease);
    this.#prolong();
  }

  /** A member is about to say goodbye: should that be lost, its silence is no cut. */
  leaves(life: string): void {
    this.#leaving.add(life);
  }

  /** A member joined (no reason) or is gone. */
  changed(card: NodeCard, gone: "left" | "down" | undefined): void {
    const { clock, gate, actors } = this.#ports;
    const nowMs = clock.now();
    this.#changedAtMs = nowMs;
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

  /** A heartbeat was sent; `heardAtMs`: when each member was last heard. */
  beat(heardAtMs: readonly number[]): void {
    const { clock, membership, timings } = this.#ports;
    const { heartbeatIntervalMs, downAfterMs } = timings;
    const nowMs = clock.now();
    // This node stood still: the silence it noticed is its own, not that of the members.
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
    const { clock, timings, gate, lease } = this.#ports;
    this.#prolonging ??= clock.setTimeout(() => {
      this.#prolonging = undefined;
      this.#newest(this.#arbitration.backed(this.#acknowledgements.latest(backIntervals), false), (confirmed) => {
        if (confirmed === undefined || !gate.serves || this.#verdict !== "serve") return;
        this.#beginTerm(confirmed.term, clock.now());
        lease.renew(confirmed.sentAtMs, confirmed.untilMs);
      });
    }, timings.heartbeatIntervalMs / looksPerInterval);
  }

  /** The cluster has this many nodes from now on. Rejects with `HubConfigError` when the strategy does not count them. */
  reset(size: number): Promise<void> {
    const { name } = this.#ports.strategy;
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

  /** Asks about the members as they are, which the strategy remembers. */
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

  /** Draining members count: they are there. A strategy that fails has not said that this side may serve. */
  #ask(
    peers: readonly NodeCard[],
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
    const { clock, gate, lease, actors, agreedAnew } = this.#ports;
    const nowMs = clock.now();
    this.#beginTerm(Math.max(confirmed?.term ?? 0, agreed?.term ?? 0), nowMs);
    const untilMs = lease.until[0] ?? 0;
    const may = this.#verdict === "serve";
    if (!gate.paused && (!may || nowMs > untilMs)) this.#pause();
    else if (!gate.paused && confirmed !== undefined) lease.renew(confirmed.sentAtMs, confirmed.untilMs);
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

  /** Others whom this node could not hear may have served under earlier terms of the arbiter's lease. */
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
    this.#endedAtMs = Math.min(nowMs, lease.until[0] ?? 0);
    this.#pausedAtMs = nowMs;
    gate.enter(this.#stops(nowMs) ? "stopped" : "kept");
    lease.end();
    this.#quiesce(nowMs);
    failAsks(
      (id) => !gate.runsElsewhere(id),
      (id) => gate.refusal(`actor ${id} does not answer`, id),
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

  #resume({ sentAtMs, untilMs }: Backed): void {
    const { clock, timings, gate, lease, actors, announce, resumed } = this.#ports;
    gate.returns(clock.now() + timings.suspectAfterMs);
    lease.renew(sentAtMs, untilMs);
    actors.resume();
    announce();
    gate.tell();
    resumed(timings.suspectAfterMs);
    gate.release();
  }

  /** A short stall of this very node costs no state: the actors stay until it is clear that it was more. */
  #stops(nowMs: number): boolean {
    const { strategy, timings } = this.#ports;
    if (strategy.whilePaused === "freeze") return false;
    return (
      this.#verdict === "pause" || this.#changedAtMs >= this.#endedAtMs || nowMs - this.#pausedAtMs > timings.suspectAfterMs * 2
    );
  }

  /**
   * It has heard everyone since, knows what they know, and nobody came or went for a while: so a start of its actors elsewhere that was
   * under way is known too. One that never had an actor has nothing to hear of.
   */
  #mayReturn(nowMs: number, heardAtMs: readonly number[]): boolean {
    const { sync, registry, local, gate, actors, timings } = this.#ports;
    if (!sync.isComplete || !actors.ready) return false;
    if (gate.opening && registry.recordsOf(local.name).length === 0) return true;
    const sinceMs = Math.max(this.#pausedAtMs, this.#changedAtMs);
    if (nowMs - sinceMs < timings.suspectAfterMs || heardAtMs.some((atMs) => atMs <= this.#pausedAtMs)) return false;
    return this.#changedAtMs < this.#endedAtMs || actors.renumber();
  }
}
