import type { KindCard } from "@process-hub/protocol";
import { clusterView, consistentHashing } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { KindPlacement } from "./kind-placement.js";
import { cannotGoTo, nowhereToGo, nowhereToStart } from "./no-node.js";
import { NodeKinds } from "./node-kinds.js";

const kind = (name: string, version = 1): KindCard => ({
  ...{ name, version, upgradesFrom: version, downgradesTo: version },
  messages: [],
});

/** Members with their kinds; `taking`: those that take actors. */
function seen(members: Readonly<Record<string, readonly KindCard[]>>, taking: readonly string[] = Object.keys(members)) {
  const kinds = new NodeKinds(Object.entries(members).map(([node, cards]) => ({ node, kinds: cards })));
  const view = clusterView(taking.map((node) => ({ node, incarnation: `${node}1`, threads: 1, joinedAtMs: 1 })));
  return { view, kinds, placement: new KindPlacement(consistentHashing(), view, kinds, () => {}) };
}

const spec = { id: "x", actor: "cart" };

describe("an actor has no node", () => {
  test("since none has its kind: the error lists the kinds of each", () => {
    const error = nowhereToStart(spec, seen({ a: [kind("player")], web: [] }, ["a"]));
    expect(error).toMatchObject({ code: "NoNodeForKind", fields: { id: "x", kind: "cart", kinds: { a: ["player"], web: [] } } });
    expect(error.message).toMatch(/no node that may run it has the kind cart \(a: player; web: none\); list its definition/);
  });

  test.each([
    ["since its own nodes are not there", { ...spec, nodes: ["z"] }, {}, /may run on z only/],
    ["since those that have it take no actors just now", spec, [], /nodes that take actors: none/],
  ])("%s: that is no matter of kinds", (_, child, taking, text) => {
    const error = nowhereToStart(child, seen({ a: [kind("cart")] }, Array.isArray(taking) ? taking : ["a"]));
    expect(error).toMatchObject({ code: "StartFailed", message: expect.stringMatching(text) });
  });

  test("to go to: the others lack its kind, or have an older version", () => {
    const going = { ...spec, host: "a" };
    expect(nowhereToGo(going, seen({ a: [kind("cart")], b: [] }, ["b"]))).toMatchObject({ code: "NoNodeForKind" });
    const older = nowhereToGo(going, seen({ a: [kind("cart", 2)], b: [kind("cart")] }, ["b"]));
    expect(older).toMatchObject({ code: "NodeDown", message: expect.stringMatching(/older version of cart/) });
    expect(nowhereToGo(going, seen({ a: [kind("cart")] }, []))).toMatchObject({ code: "NodeDown" });
  });
});

describe("a move to a node that was named", () => {
  test.each([
    ["lacks the kind", { b: [kind("player")] }, /does not have the kind cart; it has: player/],
    [
      "has an older version, and no step leads to it",
      { b: [kind("cart", 1)] },
      /version 2 of cart, that node has version 1.*no downgrade/,
    ],
    ["has a newer one that does not upgrade it", { b: [kind("cart", 3)] }, /no upgrade from version 2/],
  ])("is refused when that %s", (_, there, text) => {
    const members = { a: [kind("cart", 2)], ...there };
    expect(cannotGoTo("x", "cart", "b", "a", seen(members))).toMatchObject({
      code: "HandoffFailed",
      message: expect.stringMatching(text),
    });
  });

  test("takes place when that has it", () => {
    expect(cannotGoTo("x", "cart", "b", "a", seen({ a: [kind("cart")], b: [kind("cart")] }))).toBeUndefined();
  });
});
