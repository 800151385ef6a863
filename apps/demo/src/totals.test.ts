import { expect, test } from "vitest";
import { isBalanced, totalsOf } from "./totals.js";

const node = {
  messages: { sent: 10, handled: 6, refused: 1, expired: 1, deadLettered: 2 },
  moves: { arrived: 0, count: 3, longestPauseMs: 4, inFlight: 5 },
};

test("sums over the nodes, but takes the longest of the pauses", () => {
  const totals = totalsOf([node, { ...node, moves: { arrived: 0, count: 1, longestPauseMs: 9, inFlight: 0 } }]);
  expect(totals).toMatchObject({ sent: 20, handled: 12, deadLettered: 4, moves: 4, inFlightDuringMoves: 5, longestPauseMs: 9 });
  expect(totalsOf([]).longestPauseMs).toBe(0);
});

test("is balanced when every message has a fate, on whichever node", () => {
  const totals = totalsOf([node]);
  expect(isBalanced(totals)).toBe(true);
  expect(isBalanced({ ...totals, handled: totals.handled - 1 })).toBe(false);
});
