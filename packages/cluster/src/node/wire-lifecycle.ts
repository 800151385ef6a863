/*
 * Ties the parts of `lifecycle` to one node: each gets just the ports it declares; a part that is not made yet comes as a function.
 * Without it each part would take the whole node.
 */
import { Draining } from "../lifecycle/draining.js";
import { DuplicateResolution } from "../lifecycle/duplicate-resolution.js";
import { Inventory } from "../lifecycle/inventory.js";
import { Mover } from "../lifecycle/mover.js";
import { OnDemand } from "../lifecycle/on-demand.js";
import { PausedActors } from "../lifecycle/paused-actors.js";
import { Recovery } from "../lifecycle/recovery.js";
import { Redistribution } from "../lifecycle/redistribution.js";
import type { GivenRedundancy } from "../lifecycle/redundancy-channels.js";
import { ReplicaStates } from "../lifecycle/replica-states.js";
import { Replicas } from "../lifecycle/replicas.js";
import { Restarts } from "../lifecycle/restarts.js";
import { Settledness } from "../lifecycle/settledness.js";
import { Starter } from "../lifecycle/starter.js";
import { Stopper } from "../lifecycle/stopper.js";
import { ThreadSuccession } from "../lifecycle/thread-succession.js";
import { Updater } from "../lifecycle/updater.js";
import { migrationOf, ownRedundancies, redundancyOf } from "../settings/kind-strategies.js";
import type { HubSettings } from "../settings/settings.js";
import type { Parts } from "./parts.js";

/** Whether the passive replicas of a kind receive the states of their actors. */
function standbyOf({ actors, redundancy }: HubSettings): (actor: string) => boolean {
  const of = redundancyOf(actors, redundancy);
  return (actor) => of(actor).standby;
}

/** Makes the part that gathers the states of replicas. */
export function replicaStatesOf(parts: Parts): ReplicaStates {
  const { local, clock, settings, registry, membership, requests, standing, group } = parts;
  return new ReplicaStates({
    node: local.name,
    clock,
    standby: standbyOf(settings),
    patienceMs: settings.timings.suspectAfterMs,
    registry,
    membership,
    requests,
    standing,
    group,
  });
}

/** Makes the part that replaces threads that still run. */
export function successionOf(parts: Parts): ThreadSuccession {
  const { local, clock, settings, group, replacement, registry, membership, mover, hooks, mailer, evacuations } = parts;
  return new ThreadSuccession({
    ...{ local, clock, timings: settings.timings, group, replacement, registry, membership, mover, hooks },
    evacuated: (place) => {
      const others = group.running.filter((other) => other !== place);
      const theirs = evacuations.begin(place, others);
      for (const other of others) mailer.send(other, { type: "evacuate", node: place });
      return Promise.all([theirs, mailer.evacuate(place)]);
    },
  });
}

/** Makes the part that starts actors. */
export function starterOf(parts: Parts): Starter {
  const { local, clock, settings, messageBytes, gate, ownership, registry, sync, claims, standing } = parts;
  const { replicaStates, requests, group, replacement, lookups } = parts;
  const { distribution, redundancy } = settings;
  return new Starter({
    checks: parts.checks,
    node: local.name,
    clock,
    distribution,
    redundancyOf: redundancyOf(settings.actors, redundancy),
    messageBytes,
    gate,
    ownership,
    registry,
    sync,
    claims,
    standing,
    replicaStates,
    requests,
    group,
    replacement,
    lookups,
    startHooks: parts.startHooks,
    awaitedStarts: parts.awaitedStarts,
    awaitNode: (spec, error) => parts.restarts.awaitNode(spec, error),
    startsAtOnce: settings.limits.startsAtOnce,
    stopTimeoutMs: settings.timings.stopTimeoutMs,
    recorded: (records) => parts.recordChanges.begun(records),
    misplaced: () => {
      if (local.state === "up" && parts.opening.isOpen) parts.redistribution.soon();
    },
    heardOf: (records) => parts.recovery.heardOf(records),
  });
}

/** Makes the part that stops actors. */
export function stopperOf(parts: Parts): Stopper {
  const { local, clock, settings, hooks, gate, locator, claims, ownership, registry, membership, requests, group } = parts;
  const { markerRetryMs } = settings.timings;
  return new Stopper({
    checks: parts.checks,
    node: local.name,
    local,
    clock,
    markerRetryMs,
    hooks,
    gate,
    locator,
    claims,
    ownership,
    registry,
    membership,
    requests,
    group,
  });
}

/** Makes the part that moves actors. */
export function moverOf(parts: Parts): Mover {
  const { local, clock, settings, hooks, gate, locator, registry, membership, requests, ownership, group } = parts;
  return new Mover({
    checks: parts.checks,
    local,
    clock,
    markerRetryMs: settings.timings.markerRetryMs,
    maxDeferMs: settings.timings.maxDeferMs,
    migrationOf: migrationOf(settings.actors, settings.migration),
    hooks,
    gate,
    locator,
    registry,
    membership,
    requests,
    ownership,
    group,
    departed: (actors) => parts.threadMessages.departed(actors),
  });
}

/** Makes the part that changes what is told of actors. */
export function updaterOf(parts: Parts): Updater {
  const { checks, local, clock, settings, messageBytes, gate, locator, claims, registry, requests, group, restarts } = parts;
  const { markerRetryMs } = settings.timings;
  return new Updater({
    ...{ checks, node: local.name, clock, markerRetryMs, messageBytes },
    ...{ gate, locator, claims, registry, requests, group, restarts },
  });
}

/** Makes the part that starts actors unless they are there. */
export function onDemandOf(parts: Parts): OnDemand {
  const { checks, local, clock, settings, gate, starter, startHooks, locator, registry, claims, requests, group } = parts;
  const { markerRetryMs, askTimeoutMs, initTimeoutMs } = settings.timings;
  return new OnDemand({
    ...{
      checks,
      isClosed: () => local.state === "closed",
      node: local.name,
      clock,
      markerRetryMs,
      askTimeoutMs,
      withinMs: askTimeoutMs + initTimeoutMs,
    },
    ...{ gate, starter, startHooks, locator, registry, claims, requests, group },
  });
}

/** Makes the part that starts actors again, and goes on trying. */
export function restartsOf(parts: Parts): Restarts {
  const { local, clock, random, inbox, hooks, counters, gate, registry, claims, ownership, membership, requests, starter } =
    parts;
  return new Restarts({
    checks: parts.checks,
    standby: standbyOf(parts.settings),
    local,
    clock,
    random,
    inbox,
    hooks,
    counters,
    gate,
    registry,
    claims,
    ownership,
    membership,
    requests,
    starter,
  });
}

/** Makes the part that moves actors to where the ring wants them. */
export function redistributionOf(parts: Parts): Redistribution {
  const { local, clock, settings, inbox, hooks, lease, ownership, registry, settledMoves } = parts;
  const { claims, group, requests, mover, restarts } = parts;
  return new Redistribution({
    checks: parts.checks,
    local,
    clock,
    timings: settings.timings,
    migrationOf: migrationOf(settings.actors, settings.migration),
    inbox,
    hooks,
    lease,
    ownership,
    registry,
    settledMoves,
    claims,
    group,
    requests,
    mover,
    restarts,
  });
}

/** Makes the part that says whether the hub has come to rest. */
export function settlednessOf(parts: Parts): Settledness {
  const { local, clock, settings, gate, sync, inbox, redistribution, mover, ownership, registry, membership, requests } = parts;
  const { opening, probation } = parts;
  const everyMs = settings.timings.markerRetryMs / 2;
  return new Settledness({
    ...{ local, clock, everyMs, gate, opening, probation, sync, inbox, redistribution },
    ...{ mover, ownership, registry, membership, requests },
  });
}

/** Makes the part that hands over all actors of the node. */
export function drainingOf({ local, clock, settings, lease, ownership, registry, mover, redistribution }: Parts): Draining {
  return new Draining({ local, clock, timings: settings.timings, lease, ownership, registry, mover, redistribution });
}

/** Makes the part that brings actors back after a death. */
export function recoveryOf(parts: Parts): Recovery {
  const { local, clock, settings, inbox, gate, registry, sync, claims, ownership } = parts;
  const { membership, requests, group, replacement, restarts, mailer, mailers } = parts;
  return new Recovery({
    checks: parts.checks,
    local,
    clock,
    timings: settings.timings,
    inbox,
    gate,
    registry,
    sync,
    claims,
    ownership,
    membership,
    requests,
    group,
    replacement,
    restarts,
    isDown: (place) => mailer.isDown(place),
    renumber: (record, epoch) => mailers.renumber([record], epoch),
  });
}

/** Makes the part that compares records with threads. */
export function inventoryOf(parts: Parts): Inventory {
  const { local, clock, settings, hooks, gate, registry, claims, group, recovery } = parts;
  return new Inventory({
    checks: parts.checks,
    local,
    clock,
    settleMs: settings.timings.handoffTimeoutMs,
    hooks,
    gate,
    registry,
    claims,
    group,
    recovery,
  });
}

/** Makes the part that ends one of two lives of an actor. */
export function duplicatesOf(parts: Parts): DuplicateResolution {
  const { local, clock, settings, inbox, hooks, messenger, requests, membership, registry, ownership, group } = parts;
  return new DuplicateResolution({
    checks: parts.checks,
    local,
    clock,
    timings: settings.timings,
    inbox,
    hooks,
    messenger,
    requests,
    membership,
    registry,
    ownership,
    group,
    isFenced: () => parts.lease.fenced,
    alwaysServes: settings.partitionTolerance.alwaysServes === true,
    raiseEpochAbove: (record, epoch) => parts.recovery.raiseEpochAbove(record, epoch),
  });
}

/** Makes the part that keeps replicas beside actors of other nodes. */
export function replicasOf(parts: Parts): Replicas {
  const { local, clock, random, settings, strategies, counters, inbox, hooks, ownership, registry } = parts;
  const { standing, group, gate, stopper, mailer, mailers, recovery } = parts;
  const given = (strategy: HubSettings["redundancy"]): GivenRedundancy => {
    const { standby, acknowledge = "none" } = strategy;
    return { standby, acknowledged: acknowledge !== "none", strategy: strategies.open(strategy) };
  };
  return new Replicas({
    local,
    clock,
    random,
    timings: settings.timings,
    tellStandbyPlan: (plan) => mailers.standbyPlan(plan),
    ...given(settings.redundancy),
    kinds: new Map([...ownRedundancies(settings.actors)].map(([actor, strategy]) => [actor, given(strategy)])),
    badFrame: (error) => counters.badFrame("the redundancy strategy", error),
    inbox,
    log: hooks.log,
    ownership,
    registry,
    standing,
    group,
    gate,
    stopper,
    isDown: (place) => mailer.isDown(place),
    raiseEpochAbove: (record, epoch) => recovery.raiseEpochAbove(record, epoch),
    relocated: (actors) => mailers.relocated(actors),
  });
}

/** Makes the part that holds this node's actors while it does not serve. */
export function pausedActorsOf(parts: Parts): PausedActors {
  const { local, clock, settings, hooks, registry, settledMoves, claims, ownership, requests, group } = parts;
  const { recovery, duplicates, gate, mailers } = parts;
  return new PausedActors({
    checks: parts.checks,
    node: local.name,
    stopTimeoutMs: settings.timings.stopTimeoutMs,
    hooks,
    registry,
    settledMoves,
    claims,
    ownership,
    requests,
    group,
    recovery,
    duplicates,
    gate,
    clock,
    renumber: (records, epoch) => mailers.renumber(records, epoch),
  });
}
