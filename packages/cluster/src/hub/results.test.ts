import { NodeDown } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { DrainResult, MoveResult, StartResult, StopResult } from "./results.js";

const failed = { id: "c", node: "n2", error: new NodeDown("gone", { node: "n2" }) };
const at = (node: string) => ({ node, thread: 0, epoch: 1 });

test("each result says in a word how it went, and lists its ids, nodes and the first", () => {
  const starts = new StartResult(
    [
      { id: "a", placements: [at("n1"), at("n2")] },
      { id: "b", placements: [at("n1")] },
    ],
    [],
    false,
    new Map(),
  );
  expect([starts.status, starts.ids, starts.nodes, starts.first]).toEqual(["ok", ["a", "b"], ["n1", "n2"], undefined]);
  const stops = new StopResult(
    [
      { id: "a", nodes: ["n1", "n2"] },
      { id: "b", nodes: ["n1"], forced: true },
    ],
    [failed],
  );
  expect([stops.status, stops.ids, stops.nodes, stops.first?.id, stops.forced]).toEqual([
    "error",
    ["a", "b"],
    ["n1", "n2"],
    "a",
    ["b"],
  ]);
  const moves = new MoveResult(["a", "b"], [failed]);
  expect([moves.status, moves.ids, moves.first]).toEqual(["error", ["a", "b"], "a"]);
  const drain = new DrainResult([], ["a"], []);
  expect([drain.status, drain.ids, drain.first, drain.ended]).toEqual(["ok", [], undefined, ["a"]]);
});

test("a result is plain data to whoever writes it down", () => {
  expect(JSON.parse(JSON.stringify(new StopResult([{ id: "a", nodes: ["n1"] }], [])))).toEqual({
    status: "ok",
    stopped: [{ id: "a", nodes: ["n1"] }],
    errors: [],
  });
});
