import { expect, test } from "vitest";
import type { HistoryEvent } from "../history.js";
import { hostsById } from "./hosts.js";

const event = (atMs: number, node: string, name: string, to: string): HistoryEvent => ({
  ...{ kind: "event", atMs, node, name },
  detail: { ids: ["a"], to },
});
const ran = (atMs: number, node: string): HistoryEvent => ({
  ...{ kind: "handling", atMs, place: `${node}@x/0.0`, epoch: 1 },
  message: { from: "b", to: "a", name: "note", input: {} },
});
const nodes = (...events: readonly HistoryEvent[]): (string | undefined)[] =>
  hostsById(events)
    .get("a")
    ?.map(({ node }) => node) ?? [];

test("an actor is where it was last said to have arrived", () => {
  const there = [ran(1, "n0"), event(2, "n0", "childrenMoving", "n1"), event(5, "n0", "childrenMoved", "n1")];
  expect(nodes(...there)).toEqual(["n0", "n1"]);
  expect(nodes(...there, event(6, "n1", "childrenMoving", "n0"), event(7, "n1", "childrenMoved", "n0"))).toEqual([
    "n0",
    "n1",
    "n0",
  ]);
});

test("who says that it has arrived after it came back says where it was", () => {
  const back = [event(4, "n1", "childrenMoving", "n0"), event(5, "n1", "childrenMoved", "n0")];
  const late = event(6, "n0", "childrenMoved", "n1");
  expect(nodes(ran(1, "n0"), event(2, "n0", "childrenMoving", "n1"), ran(3, "n1"), ...back, late)).toEqual(["n0", "n1", "n0"]);
  // It has set out once more.
  const again = [ran(7, "n0"), event(8, "n0", "childrenMoving", "n1"), event(9, "n0", "childrenMoved", "n1")];
  expect(nodes(ran(1, "n0"), event(2, "n0", "childrenMoving", "n1"), ran(3, "n1"), ...back, late, ...again)).toEqual([
    ...["n0", "n1", "n0", "n0", "n1"],
  ]);
});
