/*
 * The types of all parts of one node, by room; this room alone sees them whole.
 * Without it the reactions of this room could not be written, or every room would import this one. Other rooms get the few parts they declare.
 */
import type {
  ActorId,
  Bytes,
  Checks,
  Clock,
  Epoch,
  Head,
  NodeAnswer,
  NodeCard,
  NodeName,
  NodeRequest,
  PlaceId,
  Random,
  RegistryRecord,
  ServiceFrame,
  WireError,
} from "@process-hub/protocol";
import type { StrategyHost } from "@process-hub/strategies";
import type { Mailer } from "@process-hub/threads/mail";
import type { Hooks } from "../events/hooks.js";
import type { Inbox } from "../events/inbox.js";
import type { NodeHandlers } from "../events/node-handlers.js";
import type { AwaitedStarts } from "../lifecycle/awaited-starts.js";
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
import type { StartHooks } from "../lifecycle/start-hooks.js";
import type { Starter } from "../lifecycle/starter.js";
import type { Stopper } from "../lifecycle/stopper.js";
import type { ThreadSuccession } from "../lifecycle/thread-succession.js";
import type { Updater } from "../lifecycle/updater.js";
import type { Connection } from "../membership/connection.js";
import type { NodeLife, OwnCard } from "../membership/greeter.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Messenger } from "../membership/messenger.js";
import type { Opening } from "../membership/opening.js";
import type { Probation } from "../membership/probation.js";
import type { Requests } from "../membership/requests.js";
import type { Claims } from "../placement/claims.js";
import type { EventHearing } from "../placement/event-hearing.js";
import type { Loads } from "../placement/loads.js";
import type { Locator } from "../placement/locator.js";
import type { LookupQueue } from "../placement/lookup-queue.js";
import type { Ownership } from "../placement/ownership.js";
import type { StandingReplicas } from "../placement/standing-replicas.js";
import type { StartsToldOf } from "../placement/starts-told-of.js";
import type { WatchedActors } from "../placement/watched-actors.js";
import type { LostArrivals } from "../registry/lost-arrivals.js";
import type { Registry } from "../registry/registry.js";
import type { RegistryEntry } from "../registry/registry-entry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { SettledMoves } from "../registry/settled-moves.js";
import type { Arbitration } from "../serving/arbitration.js";
import type { Fencing } from "../serving/fencing.js";
import type { Partition } from "../serving/partition.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ServingLease } from "../serving/serving-lease.js";
import type { HubSettings } from "../settings/settings.js";
import type { Barrier } from "../threads/barrier.js";
import type { JobQueue } from "../threads/job-queue.js";
import type { LocalMailers } from "../threads/local-mailers.js";
import type { LossAccounting } from "../threads/loss-accounting.js";
import type { NodeCounters } from "../threads/node-counters.js";
import type { PacketRouter } from "../threads/packet-router.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { ThreadReplacement } from "../threads/thread-replacement.js";

/** The reactions of a node; each is a file of its own in this room. */
export interface Reactions {
  readonly viewChanges: {
    /** Members or their threads may have changed. */
    look(): void;
    /** Tells the members whether this node takes actors, and acts by it. */
    announce(): void;
  };
  readonly memberChanges: {
    joined(card: NodeCard): void;
    left(card: NodeCard, reason: "left" | "down", lost: readonly Bytes[]): void;
    parted(node: NodeName, lost: readonly Bytes[]): void;
  };
  readonly recordChanges: {
    changed(id: ActorId, before: RegistryEntry | undefined, after: RegistryEntry | undefined): void;
    /** Records were published whose thread may have died meanwhile. */
    placesChecked(records: readonly RegistryRecord[]): void;
    begun(records: readonly RegistryRecord[]): void;
  };
  readonly threadDeaths: {
    /** Threads, and other nodes, that have still to take in what a dead thread had sent them. */
    readonly drainReports: Barrier;
    exited(index: number, place: PlaceId, cause: Error): void;
    left(place: PlaceId): void;
    drain(place: PlaceId, error: WireError, others?: readonly NodeName[]): Promise<void>;
    endBlocked(withinMs: number): Promise<void>;
  };
  readonly threadMessages: {
    /** Actors that were lost on the way here before this node had the record of their move. */
    readonly lost: LostArrivals;
    receive(frame: ServiceFrame, from: PlaceId): void;
    departed(actors: readonly { readonly id: ActorId; readonly epoch: Epoch; readonly place: PlaceId }[]): void;
  };
  readonly nodeMessages: {
    received(from: NodeName, body: Bytes): void;
    handle(from: NodeName, request: NodeRequest): Promise<NodeAnswer>;
    headsFor(answer: NodeAnswer): Head[];
    /** Answers the waiting requests, and all later ones. */
    open(): void;
  };
}

/** All parts of one node. */
export interface Parts extends Reactions {
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly strategies: StrategyHost;
  readonly checks: Checks;
  /** How often each invariant was broken on this node, its threads' included, by its words. */
  readonly brokenInvariants: ReadonlyMap<string, number>;
  /** The most bytes of one message, or of one moving actor; undefined when there is no limit. */
  readonly messageBytes: number | undefined;

  readonly hooks: Hooks;
  /** What answers the other nodes' programs. */
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
  readonly evacuations: Barrier;

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
  /** The actors that those of this node watch. */
  readonly watched: WatchedActors;
  /** The events that this node listens to. */
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

  /** This node as the others see it. */
  readonly card: OwnCard;
  /** Another life of this node's name has taken its place. */
  replaced(by: NodeLife): void;
}
