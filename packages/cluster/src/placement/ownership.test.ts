import type { KindCard, NodeLoad } from "@process-hub/protocol";
import { consistentHashing, guided } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { thread } from "../fixtures/stage.js";
import type { OwnCard } from "../membership/greeter.js";
import type { Placed } from "./kind-placement.js";
import { Ownership, type OwnershipPorts } from "./ownership.js";

/** A kind of actors, of version 1 unless the test says else. */
const kind = (name: string, version = 1, upgradesFrom = version, downgradesTo = version): KindCard => ({
  ...{ name, version, upgradesFrom, downgradesTo },
  messages: [],
});

const card = (node: string, more: Partial<OwnCard> = {}): OwnCard => ({
  node,
  incarnation: `${node}1`,
  places: [thread(node, 0)],
  joinedAtMs: 1,
  draining: false,
  kinds: [kind("counter")],
  times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
  ...more,
});

function owned(cards: OwnCard[], more: Partial<OwnershipPorts> = {}) {
  const ownership = new Ownership({
    node: "a",
    distribution: consistentHashing(),
    log: () => {},
    cards: () => cards,
    loads: undefined,
    ...more,
  });
  ownership.look();
  return ownership;
}

describe("the view", () => {
  test("holds the members that take actors: one that drains is not among them", () => {
    const { view } = owned([card("a"), card("b", { draining: true }), card("c")]);
    expect(view.nodes.map(({ node }) => node)).toEqual(["a", "c"]);
  });

  test("has changed when a member, its life or its threads have, and not when nothing has", () => {
    const cards = [card("a"), card("b")];
    const ownership = owned(cards);
    expect(ownership.look()).toBe(false);
    cards.push(card("c"));
    expect(ownership.look()).toBe(true);
    cards[1] = card("b", { incarnation: "b2" });
    expect(ownership.look()).toBe(true);
    cards[1] = card("b", { incarnation: "b2", places: [thread("b", 0), thread("b", 1)] });
    expect(ownership.look()).toBe(true);
  });

  test("takes in new loads without having changed", () => {
    const loads: NodeLoad[] = [];
    const ownership = owned([card("a")], { loads: () => loads });
    loads.push({ eventLoop: 1, queued: 0, actors: 0, memory: 0 });
    expect(ownership.look()).toBe(false);
    expect(ownership.view.nodes[0]?.loads).toHaveLength(1);
  });
});

describe("who admits an id", () => {
  const cards = ["a", "b", "c"].map((node) => card(node));

  test("is the same for all who ask, by the id and the view alone", () => {
    for (const id of ["x", "y", "z"]) {
      const registrars = ["a", "b", "c"].map((node) => owned(cards, { node }).registrarOf(id));
      expect(new Set(registrars).size).toBe(1);
      expect(owned(cards).registrarFor({ id, actor: "counter" })).toBe(registrars[0]);
    }
  });

  test("is a node by a ring where the strategy has no place for an id of which it knows no more", () => {
    const ownership = owned(cards, { distribution: guided() });
    expect(["a", "b", "c"]).toContain(ownership.registrarOf("x"));
    expect(ownership.registrarFor({ id: "x", actor: "counter", nodes: ["gone"] })).toBeUndefined();
    expect(ownership.hostFor({ id: "x", actor: "counter", nodes: ["b"] })).toBe("b");
  });

  test("is nobody where nobody takes actors", () => {
    expect(owned([]).registrarOf("x")).toBeUndefined();
  });
});

test("who decided and is who runs it starts it itself, though the view may have changed since it was asked", () => {
  const cards = [card("a"), card("b")];
  const asked = owned(cards);
  const id = ["x", "y", "z", "u", "v", "w"].find((one) => asked.registrarOf(one) === "b") ?? "";
  // This node was asked as the registrar, and sees now that b would be.
  expect(owned(cards, { node: "a" }).hostFor({ id, actor: "counter" })).toBe("a");
});

test("the order in which nodes come first is by the id alone, and by names where nodes may see different owners", () => {
  const cards = ["a", "b"].map((node) => card(node));
  const some = owned(cards).orderOf("x");
  expect([...some].sort()).toEqual(["a", "b"]);
  const own = { ...consistentHashing(), place: () => ({ owners: () => ["a"], registrar: () => "a" }) };
  expect(owned(cards, { distribution: own }).orderOf("x")).toEqual([]);
});

describe("where an actor belongs by its kind", () => {
  const ids = Array.from({ length: 60 }, (_, i) => `x-${i}`);
  const hosts = (ownership: Ownership, actor: string, more = {}): unknown[] =>
    [...new Set(ids.map((id) => ownership.placement.owners({ id, actor, ...more }, 1)[0]))].sort();

  test("are the nodes that have it; a node without any admits no ids either", () => {
    const both = [kind("old"), kind("new")];
    const ownership = owned([card("a", { kinds: [kind("old")] }), card("b", { kinds: both }), card("web", { kinds: [] })]);
    expect([hosts(ownership, "old"), hosts(ownership, "new"), hosts(ownership, "nobody's")]).toEqual([
      ["a", "b"],
      ["b"],
      [undefined],
    ]);
    expect([...new Set(ids.map((id) => ownership.registrarOf(id)))].sort()).toEqual(["a", "b"]);
    expect(ids.map((id) => ownership.registrarFor({ id, actor: "nobody's" }))).toEqual(ids.map(() => undefined));
  });

  test("where no node has any kind all of them admit ids, so that nobody waits to hear that an actor is not there", () => {
    const ownership = owned([card("web", { kinds: [] })]);
    expect(ownership.registrarOf("x")).toBe("web");
  });

  test("an actor goes to newer builds and not back, and an orphan of one begins anew when nobody could have its state", () => {
    const old = card("a", { kinds: [kind("cart", 1)] });
    const next = card("b", { kinds: [kind("cart", 2, 1)] });
    const cards = [old, next];
    const ownership = owned(cards);
    expect([hosts(ownership, "cart", { host: "a" }), hosts(ownership, "cart", { host: "b" })]).toEqual([["a", "b"], ["b"]]);
    const orphan = (): Placed => ownership.again({ id: "x", actor: "cart" }, thread("b", 0));
    cards[1] = card("b", { draining: true, kinds: [kind("cart", 2, 1)] });
    ownership.look();
    expect(ownership.registrarFor(orphan())).toBeUndefined();
    cards.pop();
    ownership.look();
    expect([orphan().from, ownership.registrarFor(orphan())]).toEqual([undefined, "a"]);
  });

  test("a node that leaves with a newer build hands its actors to an older one only by a downgrade", () => {
    const leaving = (downgradesTo: number): Ownership =>
      owned([card("a", { kinds: [kind("cart", 1)] }), card("b", { draining: true, kinds: [kind("cart", 2, 1, downgradesTo)] })]);
    expect([hosts(leaving(1), "cart", { host: "b" }), hosts(leaving(2), "cart", { host: "b" })]).toEqual([["a"], [undefined]]);
  });
});
