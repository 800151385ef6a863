/*
 * Makes the parts of one node in the order of the rooms, from the registry up; a part gets the parts below it, and functions for what stands above.
 * Without one place for the order a part could use another that is not made yet; a wrong order here fails when a node is made.
 */
import { kindCard } from "@process-hub/actor";
import { type Checks, type Clock, CountingChecks, type KindCard, type Random } from "@process-hub/protocol";
import { inlineStrategies, type StrategyHost } from "@process-hub/strategies";
import type { Mailer } from "@process-hub/threads/mail";
import { type Hooks, hooksOf } from "../events/hooks.js";
import type { Inbox } from "../events/inbox.js";
import { NodeHandlers } from "../events/node-handlers.js";
import { AwaitedStarts } from "../lifecycle/awaited-starts.js";
import type { Draining } from "../lifecycle/draining.js";
import type { DuplicateResolution } from "../lifecycle/duplicate-resolution.js";
import type { Inventory } from "../lifecycle/inventory.js";
import type { Mover } from "../lifecycle/mover.js";
import type { OnDemand } from "../lifecycle/on-demand.js";
import type { PausedActors } from "../lifecycle/paused-actors.js";
import type { Recovery } from "../lifecycle/recovery.js";
import type { Redistribution } from "../lifecycle/redistribution.js";
import type { ReplicaStates } from "../lifecycle/replica-states.js";
import type { Replicas } from "../lifecycle/replicas.js";
import type { Restarts } from "../lifecycle/restarts.js";
import type { Settledness } from "../lifecycle/settledness.js";
import { StartHooks } from "../lifecycle/start-hooks.js";
import type { Starter } from "../lifecycle/starter.js";
import type { Stopper } from "../lifecycle/stopper.js";
import type { ThreadSuccession } from "../lifecycle/thread-succession.js";
import type { Updater } from "../lifecycle/updater.js";
import { Connection } from "../membership/connection.js";
import type { NodeLife, OwnCard } from "../membership/greeter.js";
import { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import { maxMessageBytes } from "../membership/message-bytes.js";
import type { Messenger } from "../membership/messenger.js";
import type { Opening } from "../membership/opening.js";
import type { Probation } from "../membership/probation.js";
import type { Requests } from "../membership/requests.js";
import { Claims } from "../placement/claims.js";
import type { EventHearing } from "../placement/event-hearing.js";
import type { Loads } from "../placement/loads.js";
import type { Locator } from "../placement/locator.js";
import type { LookupQueue } from "../placement/lookup-queue.js";
import type { Ownership } from "../placement/ownership.js";
import { StandingReplicas } from "../placement/standing-replicas.js";
import type { StartsToldOf } from "../placement/starts-told-of.js";
import type { WatchedActors } from "../placement/watched-actors.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { SettledMoves } from "../registry/settled-moves.js";
import type { Arbitration } from "../serving/arbitration.js";
import type { Fencing } from "../serving/fencing.js";
import type { Partition } from "../serving/partition.js";
import type { ServingGate } from "../serving/serving-gate.js";
import { leaseTermMs, ServingLease } from "../serving/serving-lease.js";
import type { HubSettings } from "../settings/settings.js";
import { Barrier } from "../threads/barrier.js";
import type { JobQueue } from "../threads/job-queue.js";
import { LocalMailers } from "../threads/local-mailers.js";
import { LossAccounting } from "../threads/loss-accounting.js";
import { NodeCounters } from "../threads/node-counters.js";
import type { PacketRouter } from "../threads/packet-router.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { ThreadReplacement } from "../threads/thread-replacement.js";
import type { CoordinatorPorts } from "./coordinator-ports.js";
import { MemberChanges } from "./member-changes.js";
import { NodeMessages } from "./node-messages.js";
import type { Parts } from "./parts.js";
import { RecordChanges } from "./record-changes.js";
import { ThreadDeaths } from "./thread-deaths.js";
import { ThreadMessages } from "./thread-messages.js";
import { ViewChanges } from "./view-changes.js";
import * as lifecycle from "./wire-lifecycle.js";
import * as lower from "./wire-lower-rooms.js";
import * as serving from "./wire-serving.js";

/** The parts of a node, each made after the parts that it is given. */
export class NodeParts implements Parts {
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly strategies: StrategyHost;
  readonly checks: Checks;
  readonly brokenInvariants: ReadonlyMap<string, number>;
  /** The most bytes of one message, or of one moving actor; undefined when there is no limit. */
  readonly messageBytes: number | undefined;

  readonly hooks: Hooks;
  readonly handlers: NodeHandlers;
  readonly inbox: Inbox;
  readonly registry: Registry;
  readonly sync: RegistrySync;
  readonly settledMoves: SettledMoves;

  readonly counters: NodeCounters;
  readonly lossAccounting: LossAccounting;
  readonly group: ThreadGroup;
  readonly mailer: Mailer;
  readonly mailers: LocalMailers;
  readonly packets: PacketRouter;
  readonly jobs: JobQueue;
  readonly replacement: ThreadReplacement;
  /** The threads that have not yet confirmed that they send nothing more to a leaving node. */
  readonly evacuations = new Barrier();

  readonly local: LocalNode;
  readonly connection: Connection;
  readonly membership: Membership;
  readonly messenger: Messenger;
  readonly requests: Requests;
  readonly opening: Opening;
  readonly probation: Probation;

  readonly claims: Claims;
  readonly standing: StandingReplicas;
  readonly startsToldOf: StartsToldOf;
  /** Absent when the distribution strategy asks for none. */
  readonly loads: Loads | undefined;
  readonly ownership: Ownership;
  readonly locator: Locator;
  readonly lookups: LookupQueue;
  readonly watched: WatchedActors;
  readonly hearing: EventHearing;

  /** This node's right to run handlers. */
  readonly lease: ServingLease;
  readonly gate: ServingGate;
  readonly arbitration: Arbitration;
  readonly partition: Partition;
  readonly fencing: Fencing;

  readonly replicaStates: ReplicaStates;
  readonly startHooks: StartHooks;
  readonly awaitedStarts: AwaitedStarts;
  readonly starter: Starter;
  readonly stopper: Stopper;
  readonly mover: Mover;
  readonly updater: Updater;
  readonly onDemand: OnDemand;
  readonly settledness: Settledness;
  readonly redistribution: Redistribution;
  readonly draining: Draining;
  readonly restarts: Restarts;
  readonly recovery: Recovery;
  readonly inventory: Inventory;
  readonly succession: ThreadSuccession;
  readonly duplicates: DuplicateResolution;
  readonly replicas: Replicas;
  readonly pausedActors: PausedActors;

  readonly viewChanges: ViewChanges;
  readonly memberChanges: MemberChanges;
  readonly recordChanges: RecordChanges;
  readonly threadDeaths: ThreadDeaths;
  readonly threadMessages: ThreadMessages;
  readonly nodeMessages: NodeMessages;
  readonly #replaced: () => void;
  /** The kinds of actors that this node has. */
  readonly #kinds: readonly KindCard[];

  constructor(ports: CoordinatorPorts) {
    const { settings, node, clock, random, transport } = ports;
    const { heartbeatIntervalMs, suspectAfterMs, downAfterMs } = settings.timings;
    this.settings = settings;
    this.#replaced = ports.replaced ?? (() => {});
    this.#kinds = settings.actors.map(({ behaviour }) => kindCard(behaviour));
    this.clock = clock;
    this.random = random;
    this.strategies = ports.strategies ?? inlineStrategies;
    this.messageBytes = maxMessageBytes(transport);
    this.local = new LocalNode(node, random.id(), clock.now());
    this.hooks = ports.hooks ?? hooksOf(settings.hooks);
    this.handlers = ports.handlers ?? new NodeHandlers();
    const counting = new CountingChecks((words, detail) =>
      this.hooks.log(
        "error",
        `an invariant is broken, which is a bug of process-hub: ${words}${detail === undefined ? "" : ` (${detail})`}`,
      ),
    );
    this.checks = ports.checks ?? counting;
    this.brokenInvariants = counting.broken;
    this.lossAccounting = new LossAccounting();
    this.claims = new Claims(this.checks);
    this.inbox = lower.inboxOf(this);
    this.registry = lower.registryOf(this);
    this.settledMoves = lower.settledMovesOf(this);
    this.lease = new ServingLease(this.clock, leaseTermMs(heartbeatIntervalMs, downAfterMs), suspectAfterMs);
    this.counters = new NodeCounters({ node, hooks: this.hooks });
    this.membership = lower.membershipOf(this, ports);
    this.messenger = lower.messengerOf(this);
    this.connection = new Connection({ node, hooks: this.hooks });
    this.requests = lower.requestsOf(this);
    this.opening = lower.openingOf(this);
    this.probation = lower.probationOf(this);
    this.sync = lower.syncOf(this, ports);
    this.group = lower.groupOf(this, ports);
    this.standing = new StandingReplicas(this.group);
    this.mailer = lower.mailerOf(this, ports);
    const placeDown = (): void => this.hearing.placeDown();
    this.mailers = new LocalMailers({ group: this.group, mailer: this.mailer, placeDown });
    this.packets = lower.packetsOf(this);
    this.jobs = lower.jobsOf(this, ports);
    lower.hearStrategies(this);
    this.replacement = lower.replacementOf(this);
    this.loads = lower.loadsOf(this, ports.load);
    this.ownership = lower.ownershipOf(this);
    this.locator = lower.locatorOf(this);
    this.lookups = lower.lookupsOf(this);
    this.watched = lower.watchedOf(this);
    this.hearing = lower.hearingOf(this);
    this.startsToldOf = lower.startsToldOf(this);
    this.gate = serving.gateOf(this);
    this.arbitration = serving.arbitrationOf(this);
    this.replicaStates = lifecycle.replicaStatesOf(this);
    this.startHooks = new StartHooks(node, this.hooks);
    this.awaitedStarts = new AwaitedStarts({ registry: this.registry });
    this.starter = lifecycle.starterOf(this);
    this.stopper = lifecycle.stopperOf(this);
    this.mover = lifecycle.moverOf(this);
    this.restarts = lifecycle.restartsOf(this);
    this.updater = lifecycle.updaterOf(this);
    this.onDemand = lifecycle.onDemandOf(this);
    this.redistribution = lifecycle.redistributionOf(this);
    this.settledness = lifecycle.settlednessOf(this);
    this.draining = lifecycle.drainingOf(this);
    this.recovery = lifecycle.recoveryOf(this);
    this.inventory = lifecycle.inventoryOf(this);
    this.succession = lifecycle.successionOf(this);
    this.duplicates = lifecycle.duplicatesOf(this);
    this.replicas = lifecycle.replicasOf(this);
    this.pausedActors = lifecycle.pausedActorsOf(this);
    this.partition = serving.partitionOf(this);
    this.fencing = serving.fencingOf(this);
    this.viewChanges = new ViewChanges(this);
    this.memberChanges = new MemberChanges(this);
    this.recordChanges = new RecordChanges(this);
    this.threadDeaths = new ThreadDeaths(this);
    this.threadMessages = new ThreadMessages(this);
    this.nodeMessages = new NodeMessages(this);
  }

  /** This node as the others see it. */
  get card(): OwnCard {
    const { name, incarnation, joinedAtMs, draining, probation, begun } = this.local;
    const { places } = this.group;
    const { heartbeatIntervalMs, suspectAfterMs, downAfterMs, deliveryMs } = this.settings.timings;
    return {
      ...{ node: name, incarnation, places, joinedAtMs, draining: draining || this.gate.paused, kinds: [...this.#kinds] },
      ...(probation ? { probation } : {}),
      times: { heartbeatIntervalMs, suspectAfterMs, downAfterMs, deliveryMs },
      // Where one member is enough there is nothing to know.
      ...(begun && this.settings.minMembers > 1 ? { begun } : {}),
    };
  }

  /** Its actors run at the other life's side of the hub by now: none of its handlers may begin any more. */
  replaced({ incarnation }: NodeLife): void {
    const { name } = this.local;
    this.lease.close();
    this.hooks.log("error", `another process has taken the place of node ${name}: this one ends`);
    this.hooks.emit("replaced", { node: name, by: incarnation });
    this.#replaced();
  }
}
