/*
 * Checks every promise that can be seen from outside the processes, at the end of a round of the soak.
 * Without it the soak would only show that nothing crashes.
 */
import type { HistoryEvent } from "@process-hub/testkit";
import { checkConservation, checkConvergence, checkSafety, epochsOverlap } from "@process-hub/testkit/checkers";
import type { HubStats, RegistryEntry } from "process-hub";
import { batchesWhereTheyBegan } from "./batch-in-hand.js";
import { type ClerkState, entered } from "./clerk.actor.js";
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
    ...checkSafety(events, epochsOverlap(events)),
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
    ...checkStates(events, readings),
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

/**
 * P4: an actor's state equals the result of the messages it has handled since its last `init`, in order. Left out are actors that had a
 * duplicate, since the history under their name is not the survivor's alone.
 */
function checkStates(events: readonly HistoryEvent[], readings: ReadonlyMap<string, Reading>): string[] {
  const doubled = new Set(
    events.flatMap((event) => (event.kind === "event" && event.name === "conflict" ? [(event.detail as { id: string }).id] : [])),
  );
  const lives = new Map<string, { last: ClerkState; read: ClerkState | undefined }>();
  for (const [id, { state }] of readings)
    lives.set(id, { last: { count: 0, sum: 0, bornEpoch: state.bornEpoch }, read: undefined });
  for (const event of events) {
    if (event.kind !== "handling") continue;
    const life = lives.get(event.message.to);
    if (life === undefined || event.epoch < life.last.bornEpoch) continue;
    if (event.message.name === "read") life.read = { ...life.last };
    // It was restarted where it was, under the same epoch.
    else if (event.message.name === "fail") Object.assign(life.last, { count: 0, sum: 0 });
    else if (event.message.name !== "tick") entered(life.last, (event.message.input as { n: number }).n);
  }
  return [...readings].flatMap(([id, { state }]) => {
    const expected = JSON.stringify(lives.get(id)?.read);
    const actual = JSON.stringify(state);
    return doubled.has(id) || expected === actual ? [] : [`P4: ${id} holds ${actual}; without moves it would hold ${expected}`];
  });
}
