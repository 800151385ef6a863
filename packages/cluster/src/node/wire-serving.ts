/*
 * Ties the parts that decide whether this node serves to one node: what they read below, and what they start above.
 * Without it each part would take the whole node.
 */
import { Arbitration } from "../serving/arbitration.js";
import { Fencing } from "../serving/fencing.js";
import { Partition } from "../serving/partition.js";
import { ServingGate } from "../serving/serving-gate.js";
import type { Parts } from "./parts.js";

/** The gate that all other parts ask. */
export function gateOf({ settings, local, clock, checks, lease, membership, registry, hooks }: Parts): ServingGate {
  return new ServingGate({
    node: local.name,
    clock,
    checks,
    counts: settings.partitionTolerance.alwaysServes !== true,
    lease,
    membership,
    recordOf: (id) => registry.current(id),
    hooks,
    openTimeoutMs: settings.timings.downAfterMs,
  });
}

/** The arbiter of the partition strategy, if it has one. */
export function arbitrationOf({ settings, local, clock, membership, hooks }: Parts): Arbitration {
  return new Arbitration({
    hub: settings.id,
    local,
    arbiter: settings.partitionTolerance.arbiter,
    clock,
    membership,
    log: hooks.log,
  });
}

/** The part that moves the gate, under a strategy that counts nodes. */
export function partitionOf(parts: Parts): Partition {
  const { settings, local, clock, strategies, counters, hooks, gate, lease, arbitration, membership } = parts;
  const { registry, sync, pausedActors, mailer, redistribution, recovery, inventory } = parts;
  const strategy = settings.partitionTolerance;
  return new Partition({
    local,
    card: () => parts.card,
    clock,
    timings: settings.timings,
    strategy,
    strategyPort: strategies.open(strategy),
    badFrame: (error) => counters.badFrame(strategy.name, error),
    log: hooks.log,
    gate,
    lease,
    arbitration,
    membership,
    registry,
    sync,
    actors: pausedActors,
    failAsks: (isOpen, error) => mailer.asks.failLost((id) => (isOpen(id) ? error(id) : undefined)),
    announce: () => parts.viewChanges.announce(),
    resumed: (graceMs) => {
      redistribution.soon();
      inventory.soon();
      // What was not decided while this node was in no view.
      parts.replicas.viewChanged();
      // A timer may be a little early by the clock that the gate goes by.
      clock.setTimeout(() => recovery.adoptOrphans(), graceMs + 1);
    },
    agreedAnew: () => recovery.adoptOrphans(),
  });
}

/** The part that fences a node that slept, under a strategy that always serves. */
export function fencingOf({
  local,
  clock,
  checks,
  lease,
  membership,
  sync,
  registry,
  hooks,
  group,
  mailers,
  recovery,
  inventory,
}: Parts): Fencing {
  return new Fencing({
    checks,
    node: local.name,
    lease,
    membership,
    sync,
    registry,
    log: hooks.log,
    lives: (place) => group.has(place),
    clock,
    renumber: (records, epoch) => mailers.renumber(records, epoch),
    resumed: () => {
      recovery.adoptOrphans();
      inventory.soon();
    },
  });
}
