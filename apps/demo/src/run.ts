/*
 * One run of the demo: opens the cluster, streams the flights while it changes, and compares the result with the fold.
 * Without it the parts of the demo would have no order.
 */
import { child, memoryNetwork } from "process-hub";
import { Airport } from "./airport.actor.js";
import type { AirportState } from "./airport-state.js";
import { readFlights } from "./flights.js";
import { armSaboteur } from "./kill.js";
import { allLanded } from "./landing.js";
import { startMachine } from "./machine.js";
import { Moves } from "./moves.js";
import { transportTo } from "./node.js";
import { Nodes, type NodesSetup } from "./nodes.js";
import type { Options } from "./options.js";
import { type Progress, showProgress } from "./progress.js";
import { seededRandom } from "./random.js";
import type { Outcome } from "./report.js";
import { streamFlights } from "./stream.js";
import { isBalanced } from "./totals.js";
import { until } from "./until.js";
import { judge } from "./verdict.js";

/** Streams the flights through a cluster that changes meanwhile, and compares it with the fold. All nodes are closed at the end. */
export async function run(options: Options, expected: ReadonlyMap<string, AirportState>, signal: AbortSignal): Promise<Outcome> {
  const codes = [...expected.keys()];
  const nodes = new Nodes(setupOf(options));
  const progress = showProgress(options.flights);
  const moves = new Moves({ nodes, airports: codes, random: seededRandom(2001), perStep: 3, announce: progress.say });
  try {
    for (let node = 0; node < options.nodes; node++) await nodes.join();
    const started = await nodes.main.startChildren(codes.map((id) => child(Airport, { id })));
    if (started.status !== "ok")
      throw new Error(`${started.errors.length} airports did not start`, { cause: started.errors[0]?.error });

    const startedAtMs = performance.now();
    await stream(options, nodes, moves, progress, signal);
    await moves.done();
    const { airports, atMs } = await allLanded(nodes.main, codes, options.flights, signal);
    const balanced = await balances(nodes);
    const totals = await nodes.totals();

    const verdict = judge(expected, airports, options.killThread ? nodes.restarted : new Set());
    const seconds = (atMs - startedAtMs) / 1000;
    const deadLetters = Object.fromEntries(nodes.deadLetters);
    const lostNodes = [...nodes.lost];
    return { options, seconds, airports, totals, balanced, deadLetters, refusedMoves: moves.refused, lostNodes, verdict };
  } finally {
    progress.stop();
    await moves.stop();
    await nodes.close();
  }
}

async function stream({ flights, ...options }: Options, nodes: Nodes, moves: Moves, progress: Progress, signal: AbortSignal) {
  const agenda = agendaOf({ flights, ...options }, nodes, moves);
  const onStep = async (told: number) => {
    signal.throwIfAborted();
    progress.at(told);
    while (agenda[0] !== undefined && told >= agenda[0].at * flights) await agenda.shift()?.change();
    if (options.moves) await moves.shuffle();
  };
  await streamFlights(readFlights(flights), nodes.main, { flights: Math.ceil(flights / stepsOf(flights)), onStep });
}

/** A step is half a percent of the stream, but not below 2,000 flights if that leaves 20 steps. */
function stepsOf(flights: number): number {
  return Math.max(20, Math.min(200, Math.floor(flights / 2_000)));
}

/** The larger changes, by the share of the stream after which they happen. */
function agendaOf(options: Options, nodes: Nodes, moves: Moves): { at: number; change: () => Promise<void> }[] {
  const [, second] = nodes.names;
  // The stream waits until all is ready, and goes on while the thread dies under it.
  const kill = async () => {
    await moves.done();
    const place = nodes.places.at(-1);
    if (place !== undefined) await moves.next(await armSaboteur(nodes, place));
  };
  return [
    // A single node stays alone: its actors only change threads.
    ...(options.moves && second !== undefined ? [{ at: 0.2, change: () => moves.join() }] : []),
    ...(options.killThread ? [{ at: 0.4, change: kill }] : []),
    ...(options.moves && second !== undefined ? [{ at: 0.6, change: () => moves.leave(second) }] : []),
  ];
}

function setupOf({ nats, machines, threads }: Options): NodesSetup {
  if (nats === undefined) {
    const network = memoryNetwork();
    return { threads, transport: () => network.transport() };
  }
  const machine = machines === undefined ? undefined : (node: string) => startMachine(nats, threads, node);
  return { threads, transport: () => transportTo(nats), machine };
}

/**
 * Whether all messages have a fate. The last replies may be counted a moment after they arrive. Unknown when processes of somebody else took part.
 */
async function balances(nodes: Nodes): Promise<boolean | undefined> {
  if (nodes.strangers.size > 0) return undefined;
  try {
    await until("every message has a fate", async () => isBalanced(await nodes.totals()), 2_000);
    return true;
  } catch {
    return false;
  }
}
