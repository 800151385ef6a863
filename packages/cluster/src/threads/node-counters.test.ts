import { expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import { NodeCounters } from "./node-counters.js";

function staged() {
  const stage = new Stage();
  return { stage, counters: new NodeCounters(stage) };
}

test("messages that were lost on the way are dead letters, counted and told together", () => {
  const { stage, counters } = staged();
  counters.lost(0, "NodeDown", "none");
  counters.lost(3, "NodeDown", "node b went down");
  expect([counters.read().deadLettered, stage.told("deadLetter")]).toMatchObject([
    3,
    [{ count: 3, reason: "NodeDown", node: "a", to: null }],
  ]);
});

test("each bad frame is an event; the log names a peer once, whatever life or thread of it sent it, and a hundred peers at most", () => {
  const { stage, counters } = staged();
  counters.badFrame("b@b1/0.0", new Error("no frame"));
  counters.badFrame("b@b2", "no frame");
  expect([counters.read().badFrames, stage.told("badFrame").length, stage.told("log").length]).toEqual([2, 2, 1]);
  for (let i = 0; i < 200; i++) counters.badFrame(`stranger ${i}`, "no frame");
  expect(stage.told("log")).toHaveLength(100);
});
