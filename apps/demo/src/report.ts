/*
 * Turns the outcome of a run into a table for people, or JSON.
 * Without it a run would end without a word on whether it kept its promises.
 */
import type { AirportState } from "./airport-state.js";
import type { Options } from "./options.js";
import type { Totals } from "./totals.js";
import type { Difference, Verdict } from "./verdict.js";

/** The outcome of a run. */
export interface Outcome {
  readonly options: Options;
  /** From the first flight told to the last one landed. */
  readonly seconds: number;
  readonly airports: ReadonlyMap<string, AirportState>;
  readonly totals: Totals;
  /** Undefined when processes took part that somebody else started: their counts are not known here. */
  readonly balanced: boolean | undefined;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly refusedMoves: readonly unknown[];
  /** Nodes that fell silent while the flights were told. */
  readonly lostNodes: readonly string[];
  readonly verdict: Verdict;
}

/** Whether the run kept its promises: nothing differs without a reason, and every message has one fate. */
export function hasPassed({ verdict, balanced }: Outcome): boolean {
  return verdict.differences.length === 0 && balanced !== false;
}

/** What `--json` writes. */
export function toJson(outcome: Outcome): object {
  const { options, seconds, totals, verdict } = outcome;
  return {
    flights: options.flights,
    seconds,
    messagesPerSecond: Math.round(totals.handled / seconds),
    nodes: options.nodes,
    threadsPerNode: options.threads,
    moves: totals.moves,
    longestPauseMs: totals.longestPauseMs,
    inFlightDuringMoves: totals.inFlightDuringMoves,
    handled: totals.handled,
    deadLettered: totals.deadLettered,
    exact: verdict.exact,
    passed: hasPassed(outcome),
    sent: totals.sent,
    refused: totals.refused,
    expired: totals.expired,
    balanced: outcome.balanced ?? null,
    deadLetters: outcome.deadLetters,
    refusedMoves: outcome.refusedMoves.length,
    lostNodes: outcome.lostNodes,
    restarted: verdict.restarted,
    short: Object.fromEntries(verdict.short),
    differences: verdict.differences,
    peakMemoryBytes: peakMemoryBytes(),
    airports: Object.fromEntries([...outcome.airports].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

/** The closing table and the verdict, for people. */
export function toText(outcome: Outcome): string {
  const { options, seconds, totals, refusedMoves } = outcome;
  const rows = [
    ["flights", `${whole(options.flights)} in ${seconds.toFixed(1)} s`],
    ["messages", `${whole(totals.handled)} handled, ${whole(totals.handled / seconds)} a second`],
    [
      "nodes",
      `${options.nodes}${options.machines === undefined ? "" : " processes"} at the start, ${options.threads} worker thread${options.threads === 1 ? "" : "s"} each`,
    ],
    [
      "moves",
      `${whole(totals.moves)} actors${refusedMoves.length > 0 ? `, ${refusedMoves.length} refused (first: ${refusedMoves[0]})` : ""}`,
    ],
    ["longest pause", `${totals.longestPauseMs.toFixed(1)} ms of a moving actor`],
    ["in flight", `${whole(totals.inFlightDuringMoves)} messages met a move`],
    ["fates", fates(outcome)],
    ["peak memory", `${whole(peakMemoryBytes() / 2 ** 20)} MiB`],
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return ["", ...rows.map(([name = "", value]) => `  ${name.padEnd(width)}  ${value}`), "", ...verdictLines(outcome)].join("\n");
}

function verdictLines(outcome: Outcome): string[] {
  const { verdict, airports, balanced, lostNodes } = outcome;
  const lines: string[] = [];
  if (verdict.exact)
    lines.push(`EXACT: all ${airports.size} airports equal the single-threaded fold in every figure, checksums included.`);
  if (verdict.restarted.length > 0) {
    const untouched = airports.size - verdict.restarted.length - verdict.short.size;
    lines.push(`restarted with their thread (${verdict.restarted.length}): ${verdict.restarted.join(" ")}`);
    const short = [...verdict.short].map(([airport, missing]) => `${airport} ${missing}`);
    if (short.length > 0) lines.push(`lack only arrivals that died there (${short.length}): ${short.join(", ")}`);
    if (verdict.differences.length === 0) lines.push(`equal to the fold: the other ${untouched}`);
  }
  if (balanced === false) lines.push("NOT BALANCED: some messages have no fate.");
  if (balanced === undefined) lines.push("The counts above are of this process; other processes took part.");
  lines.push(...differenceLines(verdict.differences));
  const [many, held] = lostNodes.length === 1 ? ["node was", "it"] : ["nodes were", "they"];
  // A node that was only out of sight for a while may have cost nothing.
  if (!verdict.exact && lostNodes.length > 0)
    lines.push(`${lostNodes.length} ${many} lost (${lostNodes.join(" ")}): what ${held} held restarted from nothing.`);
  if (!verdict.exact && balanced === true && hasPassed(outcome))
    lines.push("BALANCED: every message has one fate, every airport is equal or accounted for.");
  return lines;
}

function differenceLines(differences: readonly Difference[]): string[] {
  if (differences.length === 0) return [];
  const shown = differences
    .slice(0, 40)
    .map((each) => `  ${each.airport} ${each.figure}: expected ${each.expected}, got ${each.actual}`);
  const airports = new Set(differences.map(({ airport }) => airport));
  const more = differences.length > shown.length ? [`  and ${differences.length - shown.length} more`] : [];
  return [`DIFFERENT: ${differences.length} figures of ${airports.size} airports: ${[...airports].join(" ")}`, ...shown, ...more];
}

function fates({ totals, deadLetters }: Outcome): string {
  const reasons = Object.entries(deadLetters).map(([reason, count]) => `${reason} ${whole(count)}`);
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  return `${whole(totals.sent)} sent = ${whole(totals.handled)} handled + ${whole(totals.refused)} refused + ${whole(totals.expired)} expired + ${whole(totals.deadLettered)} dead-lettered${why}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
