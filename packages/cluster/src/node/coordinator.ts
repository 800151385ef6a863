import type { Observer } from "@process-hub/actor";
import {
  type ActorId,
  type Clock,
  encode,
  encodePlain,
  mainPlace,
  type NodeCard,
  type NodeMessage,
  type NodeName,
  type PlaceId,
  type Random,
  type Threads,
  type Transport,
} from "@process-hub/protocol";
import { type ClusterView, inlineStrategies, type StrategyHost } from "@process-hub/strategies";
import type { Mailer } from "@process-hub/threads/mail";
import { type Hooks, hooksOf } from "../events/hooks.js";
import type { Inbox } from "../events/inbox.js";
import { DuplicateResolution } from "../lifecycle/duplicate-resolution.js";
import { Mover } from "../lifecycle/mover.js";
import { Recovery } from "../lifecycle/recovery.js";
import { Redistribution } from "../lifecycle/redistribution.js";
import { ReplicaStates } from "../lifecycle/replica-states.js";
import { Replicas } from "../lifecycle/replicas.js";
import { Starter } from "../lifecycle/starter.js";
import { Stopper } from "../lifecycle/stopper.js";
import { Connection } from "../membership/connection.js";
import type { Membership } from "../membership/membership.js";
import { maxMessageBytes } from "../membership/message-bytes.js";
import type { Requests } from "../membership/requests.js";
import type { GuardedPlacement } from "../placement/guarded-placement.js";
import { type LoadMeter, type Loads, loadsOf } from "../placement/loads.js";
import { Locator } from "../placement/locator.js";
import type { LookupQueue } from "../placement/lookup-queue.js";
import { Ownership } from "../placement/ownership.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import { SettledMoves } from "../registry/settled-moves.js";
import { Fencing } from "../serving/fencing.js";
import { Partition } from "../serving/partition.js";
import { leaseTermMs, ServingLease } from "../serving/serving-lease.js";
import type { HubSettings } from "../settings/settings.js";
import { Barrier } from "../threads/barrier.js";
import type { JobQueue } from "../threads/job-queue.js";
import { LocalMailers } from "../threads/local-mailers.js";
import { NodeCounters } from "../threads/node-counters.js";
import { Packets } from "../threads/packet-router.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import { Leaving } from "./leaving.js";
import { MemberChanges } from "./member-changes.js";
import { NodeMessages } from "./node-messages.js";
import { RecordChanges } from "./record-changes.js";
import { ThreadDeaths } from "./thread-deaths.js";
import { ThreadMessages } from "./thread-messages.js";
import { groupOf, inboxOf, jobsOf, lookupsOf, mailerOf, membershipOf, registryOf, requestsOf, syncOf } from "./wiring.js";

/** What a node is built from. */
export interface CoordinatorPorts {
  readonly settings: HubSettings;
  readonly node: NodeName;
  readonly threadCount: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly threads: Threads;
  readonly transport: Transport;
  /** Where strategies run; default: in the calling thread. */
  readonly strategies?: StrategyHost | undefined;
  readonly observer?: Observer | undefined;
  /** Absent: event loop and memory count as idle. */
  readonly load?: LoadMeter | undefined;
  /** Those of the coordinator that this one follows; absent: new ones, with the handlers of the settings. */
  readonly hooks?: Hooks | undefined;
}

/**
 * The main-thread actor of one node: owns the registry and the ring, hears its threads and the other coordinators,
 * and leaves the work to the parts it is made of.
 */
export class Coordinator {
  readonly settings: HubSettings;
  readonly node: NodeName;
  readonly incarnation: string;
  readonly main: PlaceId;
  /** What one message, or one actor on its way, may take; undefined when there is no limit. */
  readonly messageBytes: number | undefined;
  readonly clock: Clock;
  readonly strategies: StrategyHost;
  readonly hooks: Hooks;
  readonly inbox: Inbox;
  readonly registry: Registry;
  readonly membership: Membership;
  readonly sync: RegistrySync;
  readonly requests: Requests;
  readonly counters = new NodeCounters(this);
  readonly connection = new Connection(this);
  readonly group: ThreadGroup;
  readonly mailer: Mailer;
  readonly mailers = new LocalMailers(this);
  readonly packets = new Packets(this);
  readonly lookups: LookupQueue;
  readonly starter: Starter;
  readonly stopper: Stopper;
  readonly mover: Mover;
  readonly ownership: Ownership;
  readonly locator = new Locator(this);
  state: "starting" | "up" | "closing" | "closed" = "starting";
  /** This node's right to run handlers. */
  readonly lease: ServingLease;
  readonly fencing = new Fencing(this);
  readonly #ports: CoordinatorPorts;
  /** Threads that have still to send nothing more to a node that leaves. */
  readonly evacuations = new Barrier();
  readonly threadDeaths = new ThreadDeaths(this);
  readonly memberChanges = new MemberChanges(this);
  readonly recordChanges = new RecordChanges(this);
  readonly recovery: Recovery;
  readonly redistribution: Redistribution;
  readonly reports: ThreadMessages;
  readonly nodeMessages: NodeMessages;
  readonly conflicts: DuplicateResolution;
  readonly partition: Partition;
  readonly jobs: JobQueue;
  readonly replicas: Replicas;
  /** Absent when the distribution strategy asks for none. */
  readonly loads: Loads | undefined;
  readonly replicaStates: ReplicaStates;
  readonly settledMoves: SettledMoves;
  readonly #joinedAtMs: number;
  draining = false;
  #up: () => void = () => {};
  /** Resolves when it serves, or never will. */
  readonly isUp: Promise<void>;

  constructor(ports: CoordinatorPorts) {
    const { settings, node, clock, random } = ports;
    this.#ports = ports;
    this.settings = settings;
    this.strategies = ports.strategies ?? inlineStrategies;
    this.node = node;
    this.clock = clock;
    this.incarnation = random.id();
    this.main = mainPlace(node, this.incarnation);
    this.messageBytes = maxMessageBytes(ports.transport);
    this.#joinedAtMs = clock.now();
    this.isUp = new Promise((resolve) => {
      this.#up = resolve;
    });
    this.hooks = ports.hooks ?? hooksOf(settings.hooks);
    this.inbox = inboxOf(this);
    this.registry = registryOf(this);
    const { heartbeatIntervalMs, suspectAfterMs, downAfterMs } = settings.timings;
    this.lease = new ServingLease(leaseTermMs(heartbeatIntervalMs, downAfterMs), suspectAfterMs);
    this.membership = membershipOf(this, ports);
    this.requests = requestsOf(this);
    this.sync = syncOf(this, ports);
    this.group = groupOf(this, ports);
    this.lookups = lookupsOf(this);
    this.mailer = mailerOf(this, ports);
    this.ownership = new Ownership(this);
    this.loads = loadsOf(this, ports.load);
    this.starter = new Starter(this);
    this.stopper = new Stopper(this);
    this.mover = new Mover(this);
    this.recovery = new Recovery(this);
    this.redistribution = new Redistribution(this);
    this.reports = new ThreadMessages(this);
    this.nodeMessages = new NodeMessages(this);
    this.conflicts = new DuplicateResolution(this);
    this.partition = new Partition(this);
    this.jobs = jobsOf(this, ports);
    this.replicas = new Replicas(this);
    this.replicaStates = new ReplicaStates(this);
    this.settledMoves = new SettledMoves(this.registry, clock, settings.timings.batchWindowMs);
  }

  /** This node as the others see it. */
  get card(): NodeCard {
    return {
      node: this.node,
      incarnation: this.incarnation,
      places: this.group.places,
      joinedAtMs: this.#joinedAtMs,
      draining: this.draining || this.partition.paused,
    };
  }

  /** The members that take actors, as of now. */
  get view(): ClusterView {
    return this.ownership.view;
  }

  /** Where actors belong, as of now. */
  get placement(): GuardedPlacement {
    return this.ownership.placement;
  }

  /** Starts the threads, joins the hub, learns the registry. Rejects with the cause, and with nothing left running. */
  async start(): Promise<void> {
    const { timings, synchronization } = this.settings;
    const repairEveryMs = timings.syncIntervalMs ?? synchronization.repairEveryMs;
    try {
      await this.group.start();
      await this.partition.open();
      await this.membership.join();
      await Promise.race([this.sync.complete(), this.after(timings.handoffTimeoutMs)]);
    } catch (error) {
      await this.#shutDown(0);
      throw error;
    }
    this.ownership.viewChanged();
    this.state = "up";
    this.#up();
    this.recovery.adoptOrphans();
    this.loads?.start();
    const repair = (): void => {
      if (this.state !== "up") return;
      this.sync.sendDigests();
      this.clock.setTimeout(repair, repairEveryMs);
    };
    this.clock.setTimeout(repair, repairEveryMs);
  }

  /** Hands over all actors; this node takes no new ones. Resolves with those that could not go. */
  async drain(): Promise<Map<ActorId, Error>> {
    this.takesActors(false);
    return this.redistribution.handOverAll();
  }

  /** Says, and acts by it, whether this node takes actors: one that drains does not. */
  takesActors(takes: boolean): void {
    this.draining = !takes;
    for (const peer of this.membership.peers) this.send(peer.node, { type: "status", card: this.card });
    this.membership.announce();
    this.ownership.viewChanged();
  }

  /** Drains, stops what is left, leaves, and ends the threads. Resolves with the actors that ended with it. */
  async close(): Promise<ActorId[]> {
    if (this.state === "closing" || this.state === "closed") return [];
    const wasUp = this.state === "up";
    this.state = "closing";
    const { shutdownTimeoutMs } = this.settings.timings;
    const late = this.after(shutdownTimeoutMs);
    if (wasUp) this.hooks.emit("coordinatorStopping", { node: this.node });
    const leaving = new Leaving(this);
    await Promise.race([this.partition.close().then(() => leaving.run()), late]);
    await this.#shutDown(Math.min(1_000, shutdownTimeoutMs));
    return leaving.ended;
  }

  after(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(resolve, ms));
  }

  readonly log = (level: "debug" | "info" | "warn" | "error", message: string, data?: unknown): void => {
    this.hooks.emit("log", { level, message, data });
  };

  /** Sends a message to another coordinator. False when it is not a member. */
  send(to: NodeName, message: NodeMessage): boolean {
    // A packet is bytes already; all else may hold what a user gave.
    const body = message.type === "packet" ? encodePlain(message) : encode(message);
    try {
      return this.membership.send(to, body);
    } catch (error) {
      // Its parts were bounded where they were made: this is the last look, for a link that tries in vain breaks.
      this.log("error", `a ${message.type} message to node ${to} is dropped: ${String(error)}`, error);
      if (message.type === "packet") this.counters.lost(message.packet.envelopes, "InvalidMessage", String(error));
      return true;
    }
  }

  async #shutDown(deadlineMs: number): Promise<void> {
    this.state = "closed";
    this.#up();
    this.loads?.stop();
    this.requests.close();
    this.replicas.close();
    this.jobs.close();
    this.inbox.close();
    this.recovery.close();
    await this.partition.close();
    await this.membership.leave(deadlineMs);
    await this.group.stop(deadlineMs);
    this.mailer.close();
    await this.#ports.threads.close();
  }
}
