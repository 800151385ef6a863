import { describe, expect, test } from "vitest";
import { viewOf } from "../partition/cuts.cases.js";
import { distributionCases } from "./family.cases.js";
import { guided } from "./guided.js";

const mapping = ["a", "b", "c", "d"];
const children = Array.from({ length: 300 }, (_, i) => ({
  id: `child-${i}`,
  actor: "counter",
  nodes: [...mapping.slice(i % 4), ...mapping.slice(0, i % 4)],
}));

distributionCases("guided", () => guided(), children);

describe("guided", () => {
  const child = { id: "x", actor: "counter", nodes: ["b", "c"] };
  const owners = (names: string[], host?: string) =>
    guided()
      .place(viewOf(names))
      .owners({ ...child, host }, 1);

  test("runs an actor on the nodes it was started for, whoever joins; without them it waits", () => {
    expect([owners(["a", "b", "c"]), owners(["a", "b", "c", "d"]), owners(["c"]), owners(["a", "d"])]).toEqual([
      ["b"],
      ["b"],
      ["c"],
      [],
    ]);
  });

  test("a node that returns does not draw an actor away from where it runs", () => {
    expect(owners(["a", "b", "c"], "c")).toEqual(["c"]);
    expect(owners(["a", "b"], "c")).toEqual(["b"]);
    expect(owners(["a", "b"], "a")).toEqual(["b"]);
  });

  test.each([
    [undefined, 1, /"x": given nothing .*allowed is 1 different node name, one/],
    [[], 1, /given \[\], which are 0, allowed is 1/],
    [["a/b"], 1, /"a\/b".*not all node names/],
    [["a", "a"], 2, /names a node twice, allowed is 2 different node names/],
    [["a", "b"], 1, /\["a","b"\], which are 2, allowed is 1/],
    [["a"], 2, /which are 1, allowed is 2/],
  ])("a mapping of %j for %i replicas is named as wrong", (nodes, replicas, why) => {
    expect(guided().check?.({ id: "x", actor: "counter", nodes }, replicas)).toMatch(why);
  });
});
