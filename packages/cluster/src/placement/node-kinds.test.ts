import type { KindCard } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { NodeKinds } from "./node-kinds.js";

const cart = (version: number, upgradesFrom = version, downgradesTo = version): KindCard => ({
  ...{ name: "cart", version, upgradesFrom, downgradesTo },
  messages: [],
});

/** Nodes by name, each with the kind in a version or without it. */
const nodes = (
  versions: Readonly<Record<string, KindCard | undefined>>,
): { readonly kinds: NodeKinds; readonly names: string[] } => ({
  kinds: new NodeKinds(Object.entries(versions).map(([node, kind]) => ({ node, kinds: kind === undefined ? [] : [kind] }))),
  names: Object.keys(versions),
});

describe("the nodes that may run an actor", () => {
  test("that begins are those that have its kind", () => {
    const { kinds, names } = nodes({ a: cart(1), b: undefined, c: cart(2) });
    expect([kinds.fit(names, "cart", undefined), kinds.fit(names, "player", undefined)]).toEqual([["a", "c"], []]);
  });

  test.each([
    ["its own version and newer ones that upgrade it", cart(1), ["old", "new"]],
    ["newer ones alone, never back", cart(2, 1, 1), ["new"]],
    ["none, for a version that nobody upgrades", cart(0), []],
  ])("that ran before are %s", (_, from, fit) => {
    const { kinds, names } = nodes({ old: cart(1), none: undefined, new: cart(2, 1) });
    expect(kinds.fit(names, "cart", from)).toEqual(fit);
  });

  test("of a version that is not there any more are the newest of those that it goes down to", () => {
    const { kinds, names } = nodes({ a: cart(1), b: cart(2), c: cart(2) });
    expect([kinds.fit(names, "cart", cart(3, 3, 1)), kinds.fit(names, "cart", cart(3))]).toEqual([["b", "c"], []]);
  });
});

test("a node cannot keep states of a kind that it lacks, has in an older version, or does not upgrade", () => {
  const { kinds } = nodes({ own: cart(2), lacks: undefined, older: cart(1), same: cart(2), newer: cart(3, 2), far: cart(4) });
  const unfit = ["lacks", "older", "same", "newer", "far"].map((node) => kinds.unfitOn(node, "own").length);
  expect(unfit).toEqual([1, 1, 0, 0, 1]);
  expect([kinds.olderOn("older", "own"), kinds.olderOn("newer", "own")]).toEqual([[["cart", 1]], []]);
});

test("a kind is of one version where all nodes that have it say the same", () => {
  const { kinds } = nodes({ a: cart(2), b: undefined, c: cart(2) });
  expect([kinds.isOneVersion("cart", undefined), kinds.isOneVersion("cart", 2), kinds.isOneVersion("cart", 1)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(nodes({ a: cart(1), b: cart(2) }).kinds.isOneVersion("cart", undefined)).toBe(false);
});
