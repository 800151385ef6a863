/*
 * Checks every promise that can be seen from outside the processes, at the end of a round of the soak.
 * Without it the soak would only show that nothing crashes.
 */
import type { HistoryEvent } from "@process-hub/testkit";
import { checkConservation, checkConvergence, checkSafety, epochsOverlap, type Overlap } from "@process-hub/testkit/checkers";
import type { HubStats, RegistryEntry } from "process-hub";
import { batchesWhereTheyBegan } from "./batch-in-hand.js";
import { began, type ClerkEvent, type ClerkState, enter, entered } from "./clerk-state.js";
import type { Reading } from "./soak-process.js";

/** The history, counters and readings at the end of a round, when all is at rest. */
export interface Round {
  readonly events: readonly HistoryEvent[];
  /** By process, including those that are gone. */
  readonly counted: readonly HubStats["messages"][];
  readonly nodes: readonly { readonly name: string; readonly dump: readonly RegistryEntry[]; readonly stats: HubStats }[];
  /** Each actor's own answer at rest. */
  readonly readings: ReadonlyMap<string, Reading>;
  /** The instant after which only ticks and readings were under way. */
  readonly restAtMs: number;
}

/** Checks every promise that can be seen from outside the processes. The problems in words; empty when all hold. */
export function checkRound({ events: seen, counted, nodes, readings, restAtMs }: Round): string[] {
  const events = batchesWhereTheyBegan([...seen, ...falseDeaths(seen)].sort((a, b) => a.atMs - b.atMs));
  const cells = [...readings].map(([id, { node, thread, epoch }]) => ({ place: `${node}@/${thread}.`, cell: { id, epoch } }));
  return [
    ...checkSafety(events, overlapOf(events)),
    ...checkConservation({
      history: { events },
      everyHub: () => counted.map((messages) => ({ hub: { stats: () => ({ messages }) } })),
    }),
    ...checkConvergence({
      nodes: nodes.map(({ name, dump, stats }) => ({ name, state: "up", hub: { dump: () => dump, stats: () => stats } })),
      cells: () => cells,
    }),
    ...nodes.flatMap(({ name, stats }) =>
      stats.asks.pending > 0 ? [`P5: ${stats.asks.pending} asks still wait on ${name}`] : [],
    ),
    ...checkLoneReplicas(events, restAtMs),
    ...checkBirths(events),
    ...checkStates(seen, readings),
  ];
}

/**
 * Deaths that nodes declared of each other although none was killed or frozen, as happens on an overloaded machine. The checkers treat them
 * as cuts, and they are counted.
 */
export function falseDeaths(events: readonly HistoryEvent[]): HistoryEvent[] {
  const harmed = new Set<string>();
  const cuts: HistoryEvent[] = [];
  for (const event of events) {
    const victim = event.kind === "fault" ? /^(?:crash|freeze) (.*)/.exec(event.what)?.[1] : undefined;
    if (victim !== undefined) harmed.add(victim);
    if (event.kind !== "event" || event.name !== "linkBroken") continue;
    const { node, peer } = event.detail as { readonly node: string; readonly peer: string };
    if (!harmed.has(peer) && !harmed.has(node)) cuts.push({ kind: "fault", atMs: event.atMs, what: `cut of ${peer} by ${node}` });
  }
  return cuts;
}

/**
 * The duplicates that a round's faults allow. Of an actor that began anew elsewhere while its node stood still, what that node's mailbox had
 * of the earlier life's timers goes on to the later life, with no conflict in which the two met: it did not run, since it could not begin.
 */
function overlapOf(events: readonly HistoryEvent[]): Overlap {
  const overlap = epochsOverlap(events);
  if (!overlap.running && !overlap.asleep) return overlap;
  const met = new Map(overlap.met);
  const alive = new Set<string>();
  for (const event of events) {
    if (event.kind !== "event" || event.name !== began) continue;
    const { id } = event.detail as ClerkEvent;
    if (alive.has(id) && !met.has(id)) met.set(id, event.atMs);
    alive.add(id);
  }
  return { ...overlap, met };
}

/** P1 at rest: every actor ticks at one place. This finds a duplicate that no registry names. */
function checkLoneReplicas(events: readonly HistoryEvent[], restAtMs: number): string[] {
  const places = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== "handling" || event.atMs < restAtMs) continue;
    const { to } = event.message;
    places.set(to, (places.get(to) ?? new Set()).add(event.place));
  }
  return [...places].flatMap(([id, some]) => (some.size > 1 ? [`P1: at rest ${id} runs at ${[...some].join(" and ")}`] : []));
}

/** P8: an id begins a second life only when some node was harmed before, or a handler of it threw. */
function checkBirths(events: readonly HistoryEvent[]): string[] {
  const problems: string[] = [];
  const alive = new Set<string>();
  let harmed = false;
  for (const event of events) {
    if (event.kind === "fault") harmed ||= /^(?:crash|freeze|cut) /.test(event.what);
    else if (event.kind === "handling" && event.message.name === "fail") alive.delete(event.message.to);
    else if (event.kind === "event" && event.name === began) {
      const { id } = event.detail as ClerkEvent;
      if (alive.has(id) && !harmed) problems.push(`P8: ${id} began anew at ${event.node} though nothing had happened to it`);
      alive.add(id);
    }
  }
  return problems;
}

/** P4: an actor's state is what the entries of its own life make of it, in the order in which that life took them, wherever it was. */
function checkStates(events: readonly HistoryEvent[], readings: ReadonlyMap<string, Reading>): string[] {
  const expectedOf = new Map<string, { readonly now: ClerkState; read?: ClerkState }>();
  for (const [id, { state }] of readings) expectedOf.set(id, { now: { count: 0, sum: 0, life: state.life } });
  for (const event of events) {
    if (event.kind === "handling" && event.message.name === "read") {
      const expected = expectedOf.get(event.message.to);
      if (expected !== undefined) expected.read = { ...expected.now };
    } else if (event.kind === "event" && event.name === entered) {
      const { id, life, n } = event.detail as Required<ClerkEvent>;
      const now = expectedOf.get(id)?.now;
      if (now?.life === life) enter(now, n);
    }
  }
  return [...readings].flatMap(([id, { state }]) => {
    const expected = JSON.stringify(expectedOf.get(id)?.read);
    const actual = JSON.stringify(state);
    return expected === actual ? [] : [`P4: ${id} holds ${actual}; without moves it would hold ${expected}`];
  });
}
