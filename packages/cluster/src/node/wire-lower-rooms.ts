/*
 * Ties the parts of the rooms from `placement` down to one node. A port may lead to a part that is made later: none is called before all are made.
 * Without it each part would take the whole node.
 */
import {
  type ActorId,
  encodeMessage,
  fromWireError,
  type NodeName,
  nodeLifeOf,
  nodeOf,
  type PlaceId,
} from "@process-hub/protocol";
import { StrategyClient } from "@process-hub/strategies";
import { Mailer } from "@process-hub/threads/mail";
import { Inbox } from "../events/inbox.js";
import { AuthenticatedTransport } from "../membership/authenticated-transport.js";
import { Membership } from "../membership/membership.js";
import { Messenger } from "../membership/messenger.js";
import { Opening } from "../membership/opening.js";
import { PacedTransport } from "../membership/paced-transport.js";
import { Probation } from "../membership/probation.js";
import { Requests } from "../membership/requests.js";
import { EventHearing } from "../placement/event-hearing.js";
import { type LoadMeter, Loads } from "../placement/loads.js";
import { Locator } from "../placement/locator.js";
import { LookupQueue } from "../placement/lookup-queue.js";
import { Ownership } from "../placement/ownership.js";
import { type LastKnown, type Presence, presenceOf } from "../placement/presence.js";
import { StartsToldOf } from "../placement/starts-told-of.js";
import { WatchedActors } from "../placement/watched-actors.js";
import { Registry } from "../registry/registry.js";
import { RegistrySync } from "../registry/registry-sync.js";
import { Relocations } from "../registry/relocations.js";
import { SettledMoves } from "../registry/settled-moves.js";
import { JobModules } from "../settings/job-modules.js";
import { sharedSettings } from "../settings/shared-settings.js";
import { threadSettings } from "../settings/thread-settings.js";
import { JobQueue } from "../threads/job-queue.js";
import { PacketRouter } from "../threads/packet-router.js";
import { queuedMessages } from "../threads/thread-figures.js";
import { ThreadGroup } from "../threads/thread-group.js";
import { ThreadReplacement } from "../threads/thread-replacement.js";
import type { CoordinatorPorts } from "./coordinator-ports.js";
import type { Parts } from "./parts.js";

/** The one queue of a coordinator's events. */
export function inboxOf({ clock, settings, hooks }: Parts): Inbox {
  return new Inbox({
    clock,
    lockRecoveryMs: settings.timings.lockRecoveryMs,
    lockChanged: (locked) => hooks.emit("lockChanged", { locked }),
    failed: (error) => hooks.log("error", `an event of the coordinator failed: ${String(error)}`, error),
  });
}

/** The registry, which tells the senders of its node where actors go. */
export function registryOf(parts: Parts): Registry {
  const { local, clock, hooks, checks, settings } = parts;
  const relocations = new Relocations((actors) => parts.mailers.relocated(actors));
  return new Registry({
    clock,
    checks,
    deliveryMs: settings.timings.deliveryMs,
    self: local.name,
    incarnation: local.incarnation,
    isMember: (place) => nodeLifeOf(place) === nodeLifeOf(local.main) || parts.membership.has(place),
    publish: (batch) => parts.sync.publish(batch),
    changed: (id, before, after) => parts.recordChanges.changed(id, before, after),
    raiseEpochAbove: ({ spec, place }, by) => parts.duplicates.raiseEpochAbove(spec.id, nodeOf(place), by),
    relocated: (record) => parts.standing.near(record.spec.id) ?? relocations.note(record),
    watched: () => (["childRegistered", "childUnregistered", "childUpdated"] as const).some((name) => hooks.watched(name)),
    forgotten: () => parts.recovery.adoptOrphans(),
  });
}

/** The part that takes this node's records of what moved away back. */
export function settledMovesOf(parts: Parts): SettledMoves {
  const { registry, clock, settings } = parts;
  const { batchWindowMs, handoffTimeoutMs } = settings.timings;
  return new SettledMoves({
    registry,
    clock,
    afterMs: batchWindowMs,
    patienceMs: handoffTimeoutMs * 2,
    keeps: (id) => parts.pausedActors.keeps(id),
    unclaimed: (records) => parts.recovery.unclaimed(records),
  });
}

/** Membership, not yet joined. */
export function membershipOf(parts: Parts, { transport }: CoordinatorPorts): Membership {
  const { settings, clock, checks, local } = parts;
  const authenticated = new AuthenticatedTransport({
    transport: new PacedTransport(transport, clock),
    clock,
    life: local.incarnation,
    secrets: settings.secret,
    badFrame: (peer, error) => parts.counters.badFrame(peer, error),
  });
  return new Membership({
    hub: settings.id,
    transport: authenticated,
    strangers: () => authenticated.strangers,
    clock,
    checks,
    timings: settings.timings,
    settings: sharedSettings(settings, transport.maxBytes),
    card: () => parts.card,
    joined: (card) => parts.memberChanges.joined(card),
    left: (card, reason, lost) => parts.memberChanges.left(card, reason, lost),
    parted: (node, lost) => parts.memberChanges.parted(node, lost),
    changed: () => parts.viewChanges.look(),
    heardOf: (other, incarnation) => parts.sync.heardOf(other, incarnation),
    notMet: (other, incarnation) => parts.sync.notMet(other, incarnation),
    pulse: () => parts.partition.pulse(),
    pulsed: (card, pulse) => parts.partition.pulsed(card, pulse),
    beat: (_nowMs, heardAtMs) => {
      if (parts.gate.counts) parts.partition.beat(heardAtMs);
      else parts.fencing.beat();
    },
    message: (from, body) => parts.nodeMessages.received(from, body),
    badFrame: (peer, error) => parts.counters.badFrame(peer, error),
    connection: (state, cause) => parts.connection.changed(state, cause),
    replaced: (by) => parts.replaced(by),
  });
}

/** The messenger to other coordinators. */
export function messengerOf(parts: Parts): Messenger {
  const { membership, hooks, counters } = parts;
  return new Messenger({
    membership,
    log: hooks.log,
    counters,
    before: () => parts.sync.flush(),
  });
}

/** Whether the hub has begun. */
export function openingOf(parts: Parts): Opening {
  const { settings, local, membership, clock } = parts;
  return new Opening({
    clock,
    required: settings.minMembers,
    local,
    others: () => membership.peers,
    opened: () => {
      parts.viewChanges.announce();
      parts.hooks.log("info", `${settings.minMembers} members have been there: the hub begins`);
    },
  });
}

/** The probation of this node. */
export function probationOf(parts: Parts): Probation {
  const { settings, local, membership, clock } = parts;
  return new Probation({
    probationMs: settings.probationMs,
    clock,
    local,
    others: () => membership.peers.filter(({ draining, kinds }) => !draining && kinds.length > 0),
    ended: () => parts.viewChanges.announce(),
  });
}

/** The requests to other coordinators, and theirs. */
export function requestsOf(parts: Parts): Requests {
  return new Requests({
    clock: parts.clock,
    checks: parts.checks,
    send: (to, message) => {
      parts.sync.flush();
      return parts.membership.send(to, encodeMessage(message));
    },
    lifeOf: (node) => parts.membership.peer(node)?.incarnation,
    handle: (from, request) => parts.nodeMessages.handle(from, request),
    heads: (answer) => parts.nodeMessages.headsFor(answer),
    whenReached: (heads, done) => parts.sync.whenReached(heads, done),
    knows: (heads) => parts.sync.knows(heads),
  });
}

/** The synchronisation of the registry with those of the other nodes. */
export function syncOf(parts: Parts, { random }: CoordinatorPorts): RegistrySync {
  const { local, registry, settings, strategies, clock } = parts;
  const patienceMs = settings.timings.linkRetryMs * 5;
  return new RegistrySync({
    checks: parts.checks,
    self: local.name,
    incarnation: local.incarnation,
    registry,
    strategy: settings.synchronization,
    spread: new StrategyClient({
      family: "synchronization",
      port: strategies.open(settings.synchronization),
      clock,
      deadlineMs: patienceMs,
      badFrame: (error) => parts.counters.badFrame(local.name, error),
    }),
    clock,
    random,
    patienceMs,
    peers: () => parts.membership.peers.map((card) => card.node),
    incarnationOf: (peer) => parts.membership.peer(peer)?.incarnation,
    certain: () => {
      parts.recovery.adoptOrphans();
      parts.lookups.retry();
      parts.inventory.soon();
    },
    send: (to, message) => parts.messenger.send(to, message),
    maxBytes: parts.messageBytes ?? Number.POSITIVE_INFINITY,
  });
}

/** The threads of the node, not yet started. */
export function groupOf(parts: Parts, { threadCount, threads }: CoordinatorPorts): ThreadGroup {
  const { settings, local, clock, lease } = parts;
  return new ThreadGroup({
    hub: settings.id,
    node: local.name,
    incarnation: local.incarnation,
    main: local.main,
    count: threadCount,
    clock,
    threads,
    settings: threadSettings(settings, parts.messageBytes),
    lease: lease.until,
    actors: settings.actors.map(({ name, module }) => ({ name, module })),
    packet: (packet) => parts.packets.route(packet),
    exited: (index, place, error) => parts.threadDeaths.exited(index, place, error),
    left: (place) => parts.threadDeaths.left(place),
    blocked: (thread, forMs) => parts.hooks.emit("stuck", { node: local.name, thread, forMs }),
  });
}

/** The main thread's mailer. */
export function mailerOf(parts: Parts, { observer }: CoordinatorPorts): Mailer {
  const { local, clock, settings, counters } = parts;
  return new Mailer({
    observer,
    place: local.main,
    clock,
    checks: parts.checks,
    settings: threadSettings(settings, parts.messageBytes),
    count: (name, by) => counters.count(name, by),
    transmit: (packet) => parts.packets.route(packet),
    resolve: (ids) => parts.lookups.resolve(local.main, ids),
    find: () => undefined,
    handoff: (frame, from) => counters.badFrame(from, new Error(`a ${frame.type} frame to a main thread`)),
    events: (frame, from) => {
      const isOwn = nodeLifeOf(from) === nodeLifeOf(local.main);
      if (!parts.hearing.receive(frame, from, isOwn))
        counters.badFrame(from, new Error(`a ${frame.type} frame to the main thread of another node`));
    },
    service: (frame, from) => parts.threadMessages.receive(frame, from),
    autoStarts: {
      start: (spec) => parts.onDemand.start(spec),
      known: (kind) => settings.actors.find(({ name }) => name === kind)?.behaviour.autoStart,
    },
    deadLetter: (letter) => parts.hooks.emit("deadLetter", { ...letter, node: local.name }),
    badFrame: (peer, error) => counters.badFrame(peer, error),
    postedToDead: (place, posted) => parts.lossAccounting.postedToDead(local.main, place, posted),
  });
}

/** The crossing of all packets that pass through the main thread. */
export function packetsOf(parts: Parts): PacketRouter {
  const { local, group, counters, lossAccounting, mailer, membership, messenger } = parts;
  return new PacketRouter({
    main: local.main,
    group,
    counters,
    lossAccounting,
    mailer,
    membership,
    messenger,
    tellDown: (life, error) => {
      if (local.state !== "closed") parts.mailers.tell({ type: "placeDown", place: life, error });
    },
  });
}

/** Has this node tell of the errors that strategies leave behind in threads of their own. */
export function hearStrategies({ strategies, hooks, local }: Parts): void {
  strategies.onStray?.((strategy, { kind, error: wire }) => {
    const error = fromWireError(wire);
    hooks.log("error", `the strategy ${strategy} left an error behind that nobody handles: ${error.message}`, error);
    hooks.emit("unhandled", { node: local.name, kind, error, actors: [], strategy });
  });
}

/** The queue of the jobs of the node's actors. */
export function jobsOf(parts: Parts, { threads }: CoordinatorPorts): JobQueue {
  const { clock, settings, group, mailer, hooks, local } = parts;
  threads.jobs.onStray?.(({ module, kind, error: wire }) => {
    const error = fromWireError(wire);
    const whose = module === undefined ? "a job" : `the job ${module}`;
    hooks.log("error", `${whose} left an error behind that nobody handles: ${error.message}`, error);
    hooks.emit("unhandled", { node: local.name, kind, error, actors: [], ...(module === undefined ? {} : { job: module }) });
  });
  const modules = new JobModules(
    settings.actors.map(({ module }) => module),
    settings.jobs,
  );
  return new JobQueue({
    check: (module) => modules.check(module),
    clock,
    jobs: threads.jobs,
    limits: settings.limits.jobs,
    timeoutMs: settings.timings.jobTimeoutMs,
    answer: (to, frame) => group.has(to) && mailer.send(to, frame, (frame.output?.byteLength ?? 0) + 128),
  });
}

/** The replacement of threads that died. */
export function replacementOf(parts: Parts): ThreadReplacement {
  const { clock, checks, group, hooks, mailer } = parts;
  return new ThreadReplacement({
    clock,
    checks,
    group,
    log: hooks.log,
    began: (place) => {
      mailer.tellDown(place);
      mailer.send(place, { type: "standbyPlan", ...parts.replicas.standbyPlan });
    },
    placesChanged: () => parts.messenger.tellAll({ type: "status", card: parts.membership.newCard() }),
  });
}

/** The loads of the nodes, not yet measured; undefined when the distribution strategy uses none. Without a meter the machine counts as idle. */
export function loadsOf(parts: Parts, meter: LoadMeter | undefined): Loads | undefined {
  const { local, clock, registry, group, settings, messenger } = parts;
  const { loads } = settings.distribution;
  if (loads === undefined) return undefined;
  return new Loads({
    self: local.name,
    clock,
    ...loads,
    measure: () => ({
      eventLoop: meter?.eventLoop() ?? 0,
      queued: queuedMessages(group),
      actors: registry.count(local.name),
      memory: meter?.memory() ?? 0,
    }),
    tell: (load) => messenger.tellAll({ type: "load", load }),
    changed: (node, load) => {
      parts.ownership.look();
      parts.hooks.emit("loadsUpdated", { node, load });
    },
  });
}

/** Where actors belong. */
export function ownershipOf(parts: Parts): Ownership {
  const { local, settings, hooks, membership, loads } = parts;
  return new Ownership({
    node: local.name,
    distribution: settings.distribution,
    log: hooks.log,
    cards: () => [parts.card, ...membership.peers],
    loads: loads && ((node) => loads.of(node)),
  });
}

/** Where actors are. */
export function locatorOf(parts: Parts): Locator {
  const { local, registry, sync, claims, standing, ownership, membership, group, requests, mailer, settings, clock } = parts;
  const { askTimeoutMs } = settings.timings;
  const isDown = (place: string): boolean => mailer.isDown(place);
  return new Locator({
    local,
    registry,
    sync,
    claims,
    standing,
    ownership,
    membership,
    group,
    requests,
    isDown,
    clock,
    askTimeoutMs,
  });
}

/** What newcomers hear of the starts that are under way here, and this node of theirs. */
export function startsToldOf(parts: Parts): StartsToldOf {
  const { local, claims, registry, sync, messenger, lookups } = parts;
  return new StartsToldOf({
    node: local.name,
    ...{ claims, registry, sync, messenger },
    released: (ids) => {
      for (const id of ids) lookups.changed(id);
      parts.recovery.adoptOrphans();
    },
  });
}

/** The queue that answers the node's mailers when they ask where an actor is. */
export function lookupsOf({ checks, clock, settings, locator, local, mailer }: Parts): LookupQueue {
  return new LookupQueue({
    checks,
    clock,
    retryMs: settings.timings.markerRetryMs,
    isOpen: () => local.state !== "closed",
    locate: (id) => locator.locate(id),
    owner: (id) => locator.ownerOf(id),
    askOwner: (owner, ids) => locator.askOwner(owner, ids),
    reaches: (place) => locator.reaches(place),
    answer: (to, id, place, epoch) => {
      if (to === local.main) mailer.routes.resolved(id, place, epoch);
      else mailer.send(to, { type: "resolved", routes: [{ id, place: place ?? null, epoch }] });
    },
  });
}

/** Where an actor is, or why it is nowhere. */
function lookOf({ registry, locator }: Parts): (id: ActorId, last: LastKnown) => Promise<Presence> {
  const ports = {
    registry,
    locate: (id: ActorId) => locator.locate(id),
    owner: (id: ActorId) => locator.ownerOf(id),
    askOwner: (owner: NodeName, ids: readonly ActorId[]) => locator.askOwner(owner, ids),
    reaches: (place: PlaceId) => locator.reaches(place),
  };
  return (id, last) => presenceOf(ports, id, last);
}

/** The actors that those of this node watch. */
export function watchedOf(parts: Parts): WatchedActors {
  const { clock, settings, local, mailer } = parts;
  return new WatchedActors({
    clock,
    retryMs: settings.timings.markerRetryMs,
    isOpen: () => local.state !== "closed",
    look: lookOf(parts),
    watching: (to, id, lineage) => mailer.send(to, { type: "watching", id, lineage }),
    gone: (to, id, reason, lineage) =>
      mailer.send(to, { type: "gone", id, reason, ...(lineage === undefined ? {} : { lineage }) }),
  });
}

/** The events that this node listens to. */
export function hearingOf(parts: Parts): EventHearing {
  const { clock, settings, mailer } = parts;
  return new EventHearing({
    clock,
    retryMs: settings.timings.markerRetryMs,
    look: lookOf(parts),
    send: (to, frame) => mailer.send(to, frame),
    isDown: (place) => mailer.isDown(place),
  });
}
