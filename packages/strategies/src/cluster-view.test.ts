import { expect, test } from "vitest";
import { clusterView } from "./cluster-view.js";

const node = (name: string) => ({ node: name, incarnation: `${name}-1`, threads: 2, joinedAtMs: 0 });

test("a view is sorted by name in UTF-16 order, frozen, and leaves its input alone", () => {
  const given = [node("b"), node("a"), node("B"), node("a-10"), node("a-9")];
  const view = clusterView(given);
  expect(view.nodes.map((member) => member.node)).toEqual(["B", "a", "a-10", "a-9", "b"]);
  expect([view, view.nodes, view.nodes[0]].every(Object.isFrozen)).toBe(true);
  expect(given[0]).toEqual(node("b"));
  expect(Object.isFrozen(given[0])).toBe(false);
});
