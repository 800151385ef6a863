import { encode, nodeOf } from "@process-hub/protocol";
import { StrategyClient } from "@process-hub/strategies";
import { Mailer } from "@process-hub/threads/mail";
import { Inbox } from "../events/inbox.js";
import { Membership } from "../membership/membership.js";
import { Requests } from "../membership/requests.js";
import { LookupQueue } from "../placement/lookup-queue.js";
import { Registry } from "../registry/registry.js";
import { RegistrySync } from "../registry/registry-sync.js";
import { Relocations } from "../registry/relocations.js";
import { sharedSettings } from "../settings/shared-settings.js";
import { threadSettings } from "../settings/thread-settings.js";
import { JobQueue } from "../threads/job-queue.js";
import { ThreadGroup } from "../threads/thread-group.js";
import type { Coordinator, CoordinatorPorts } from "./coordinator.js";

/*
 * The parts that know ports of their own, and no coordinator: here each is tied to one. What a port leads to may be made later:
 * none is called before all are.
 */

/** The one queue of a coordinator's events. */
export function inboxOf({ clock, settings, hooks, log }: Coordinator): Inbox {
  return new Inbox({
    clock,
    lockRecoveryMs: settings.timings.lockRecoveryMs,
    lockChanged: (locked) => hooks.emit("lockChanged", { locked }),
    failed: (error) => log("error", `an event of the coordinator failed: ${String(error)}`, error),
  });
}

/** The registry, which tells the senders of its node where actors go. */
export function registryOf(coordinator: Coordinator): Registry {
  const { node, incarnation, hooks } = coordinator;
  const relocations = new Relocations((actors) => coordinator.mailers.relocated(actors));
  return new Registry({
    self: node,
    incarnation,
    publish: (batch) => coordinator.sync.publish(batch),
    changed: (id, before, after) => coordinator.recordChanges.changed(id, before, after),
    surpassed: ({ spec, place }, by) => coordinator.conflicts.surpassed(spec.id, nodeOf(place), by),
    relocated: (record) => coordinator.replicas.near(record.spec.id) ?? relocations.note(record),
    watched: () => hooks.watched("childRegistered") || hooks.watched("childUnregistered"),
  });
}

/** Membership, not yet joined. */
export function membershipOf(coordinator: Coordinator, { transport }: CoordinatorPorts): Membership {
  const { settings, clock } = coordinator;
  return new Membership({
    hub: settings.id,
    transport,
    clock,
    timings: settings.timings,
    settings: sharedSettings(settings, transport.maxBytes),
    card: () => coordinator.card,
    joined: (card) => coordinator.memberChanges.joined(card),
    left: (card, reason, lost) => coordinator.memberChanges.left(card, reason, lost),
    changed: () => coordinator.ownership.viewChanged(),
    heardOf: (other) => coordinator.sync.heardOf(other),
    notMet: (other) => coordinator.sync.notMet(other),
    pulse: (nowMs) => coordinator.partition.pulse(nowMs),
    pulsed: (card, pulse) => coordinator.partition.pulsed(card, pulse),
    beat: (nowMs, heardAtMs) => {
      if (coordinator.partition.counts) coordinator.partition.beat(heardAtMs);
      else coordinator.fencing.beat(nowMs);
    },
    message: (from, body) => coordinator.nodeMessages.received(from, body),
    badFrame: (peer, error) => coordinator.counters.badFrame(peer, error),
    connection: (state, cause) => coordinator.connection.changed(state, cause),
  });
}

/** Questions to other coordinators, and theirs. */
export function requestsOf(coordinator: Coordinator): Requests {
  return new Requests({
    clock: coordinator.clock,
    send: (to, message) => coordinator.membership.send(to, encode(message)),
    handle: (from, request) => coordinator.nodeMessages.handle(from, request),
    heads: (answer) => coordinator.nodeMessages.headsFor(answer),
    whenReached: (heads, done) => coordinator.sync.whenReached(heads, done),
  });
}

/** What keeps the registry like those of the other nodes. */
export function syncOf(coordinator: Coordinator, { random }: CoordinatorPorts): RegistrySync {
  const { node, incarnation, registry, settings, strategies, clock } = coordinator;
  const patienceMs = settings.timings.linkRetryMs * 5;
  return new RegistrySync({
    self: node,
    incarnation,
    registry,
    strategy: settings.synchronization,
    spread: new StrategyClient({
      family: "synchronization",
      port: strategies.open(settings.synchronization),
      clock,
      deadlineMs: patienceMs,
      badFrame: (error) => coordinator.counters.badFrame(node, error),
    }),
    clock,
    random,
    patienceMs,
    peers: () => coordinator.membership.peers.map((card) => card.node),
    incarnationOf: (peer) => coordinator.membership.peer(peer)?.incarnation,
    certain: () => {
      coordinator.recovery.adoptOrphans();
      coordinator.lookups.retry();
    },
    send: (to, message) => coordinator.send(to, message),
    maxBytes: coordinator.messageBytes ?? Number.POSITIVE_INFINITY,
  });
}

/** The threads of the node, not yet started. */
export function groupOf(coordinator: Coordinator, { threadCount, threads }: CoordinatorPorts): ThreadGroup {
  const { settings, node, incarnation, main, clock, lease } = coordinator;
  return new ThreadGroup({
    hub: settings.id,
    node,
    incarnation,
    main,
    count: threadCount,
    clock,
    threads,
    settings: threadSettings(settings, coordinator.messageBytes),
    lease: lease.until,
    actors: settings.actors.map(({ name, module }) => ({ name, module })),
    packet: (packet) => coordinator.packets.route(packet),
    exited: (index, place, error) => coordinator.threadDeaths.exited(index, place, error),
    blocked: (thread, forMs) => coordinator.hooks.emit("stuck", { node, thread, forMs }),
  });
}

/** Who answers the mailers of the node that ask where an actor is. */
export function lookupsOf(coordinator: Coordinator): LookupQueue {
  return new LookupQueue({
    locate: (id) => coordinator.locator.locate(id),
    owner: (id) => coordinator.locator.ownerOf(id),
    askOwner: (owner, ids) => coordinator.locator.askOwner(owner, ids),
    reaches: (place) => coordinator.locator.reaches(place),
    answer: (to, id, place, epoch) => {
      const { main, mailer } = coordinator;
      if (to === main) mailer.routes.resolved(id, place, epoch);
      else mailer.send(to, { type: "resolved", routes: [{ id, place: place ?? null, epoch }] });
    },
  });
}

/** The main thread's mailer. */
export function mailerOf(coordinator: Coordinator, { observer }: CoordinatorPorts): Mailer {
  const { main, node, clock, settings } = coordinator;
  return new Mailer({
    observer,
    place: main,
    clock,
    settings: threadSettings(settings, coordinator.messageBytes),
    count: (name, by) => coordinator.counters.count(name, by),
    transmit: (packet) => coordinator.packets.route(packet),
    resolve: (ids) => coordinator.lookups.resolve(main, ids),
    find: () => undefined,
    handoff: (frame, from) => coordinator.counters.badFrame(from, new Error(`a ${frame.type} frame to a main thread`)),
    service: (frame, from) => coordinator.reports.receive(frame, from),
    deadLetter: (envelope) => coordinator.hooks.emit("deadLetter", { ...envelope, node }),
    badFrame: (peer, error) => coordinator.counters.badFrame(peer, error),
    severed: (place, posted) => coordinator.threadDeaths.lossAccounting.severed(main, place, posted),
  });
}

/** Who has the jobs of the node's actors run. */
export function jobsOf(coordinator: Coordinator, { threads }: CoordinatorPorts): JobQueue {
  const { clock, settings, group, mailer } = coordinator;
  return new JobQueue({
    clock,
    jobs: threads.jobs,
    limits: settings.limits.jobs,
    timeoutMs: settings.timings.jobTimeoutMs,
    answer: (to, frame) => group.has(to) && mailer.send(to, frame, (frame.output?.byteLength ?? 0) + 128),
  });
}
