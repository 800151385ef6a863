/*
 * Sums the counters of nodes, and checks that every message had a fate.
 * Without it the report could not show that no message vanished.
 */
import type { Hub } from "process-hub";

/** The counters of one node. */
export type NodeTotals = Pick<ReturnType<Hub["stats"]>, "messages" | "moves">;

/** Counters of the whole cluster: messages by fate, and what the moves did. */
export interface Totals {
  readonly sent: number;
  readonly handled: number;
  readonly refused: number;
  readonly expired: number;
  readonly deadLettered: number;
  readonly moves: number;
  readonly inFlightDuringMoves: number;
  readonly longestPauseMs: number;
}

/** Sums over nodes; of the pauses it is the longest. */
export function totalsOf(nodes: readonly NodeTotals[]): Totals {
  const sum = (figure: (stats: (typeof nodes)[number]) => number) => nodes.reduce((total, stats) => total + figure(stats), 0);
  return {
    sent: sum(({ messages }) => messages.sent),
    handled: sum(({ messages }) => messages.handled),
    refused: sum(({ messages }) => messages.refused),
    expired: sum(({ messages }) => messages.expired),
    deadLettered: sum(({ messages }) => messages.deadLettered),
    moves: sum(({ moves }) => moves.count),
    inFlightDuringMoves: sum(({ moves }) => moves.inFlight),
    longestPauseMs: Math.max(0, ...nodes.map(({ moves }) => moves.longestPauseMs)),
  };
}

/** Whether every message that was sent has met one of its fates. */
export function isBalanced(totals: Totals): boolean {
  return totals.sent === totals.handled + totals.refused + totals.expired + totals.deadLettered;
}
