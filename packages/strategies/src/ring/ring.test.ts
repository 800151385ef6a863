import { createHash } from "node:crypto";
import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { createRing, type Ring } from "./ring.js";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const alphabet = [...letters, ...letters.map((letter) => letter.toUpperCase()), ..."0123456789"];
const words = (from: readonly string[]) => from.flatMap((a) => from.flatMap((b) => from.map((c) => a + b + c)));
const uuid = (i: number) =>
  createHash("md5")
    .update(`${i}`)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const idsOf: Record<string, readonly string[]> = {
  "short sequential ids": Array.from({ length: 200_000 }, (_, i) => `c-${i}`),
  UUIDs: Array.from({ length: 200_000 }, (_, i) => uuid(i)),
  "three-letter codes": words(letters),
  "three-character codes": words(alphabet).slice(0, 200_000),
};
const families = Object.keys(idsOf);
const idsIn = (family: string): readonly string[] => idsOf[family] ?? [];
const names = (count: number) => Array.from({ length: count }, (_, i) => `node-${i + 1}`);
const ownersOf = (ring: Ring, ids: readonly string[]) => ids.map((id) => ring.owner(id) ?? "nobody");

function fullestToMean(owners: readonly string[], nodes: number): number {
  const load = new Map<string, number>();
  for (const owner of owners) load.set(owner, (load.get(owner) ?? 0) + 1);
  return Math.max(...load.values()) / (owners.length / nodes);
}

describe.each(families)("a ring of %s", (family) => {
  const ids = idsIn(family);

  test.each([3, 4, 5, 7, 10, 20, 30, 50])("gives the fullest of %i nodes at most 1.20 of the mean", (count) => {
    expect(fullestToMean(ownersOf(createRing({ nodes: names(count) }), ids), count)).toBeLessThanOrEqual(1.2);
  });

  test.each([3, 10, 50])("a node that leaves %i others, or joins them, moves its own share and nothing else", (others) => {
    const [with_, without] = [names(others + 1), names(others)];
    const more = ownersOf(createRing({ nodes: with_ }), ids);
    const fewer = ownersOf(createRing({ nodes: without }), ids);
    const moved = more.filter((owner, i) => owner !== fewer[i]);
    expect(new Set(moved)).toEqual(new Set([`node-${others + 1}`]));
    expect(moved.length / ids.length).toBeLessThanOrEqual(1.25 / (others + 1));
  });
});

describe("a ring", () => {
  const ids = Array.from({ length: 3_000 }, (_, i) => `c-${i}`);

  test("is the same whatever the order or repetition of its members", () => {
    const listed = createRing({ nodes: names(9) });
    const shuffled = createRing({ nodes: [...names(9).reverse(), "node-3", "node-1"] });
    expect(shuffled.nodes).toEqual(listed.nodes);
    for (const id of ids) expect(shuffled.owners(id, 9)).toEqual(listed.owners(id, 9));
  });

  test("is the same even where places of two nodes collide, as some of 200,000 places do", () => {
    const [listed, reversed] = [names(50), names(50).reverse()].map((nodes) => createRing({ nodes, points: 4_096 })) as [
      Ring,
      Ring,
    ];
    expect(ownersOf(reversed, idsIn("UUIDs"))).toEqual(ownersOf(listed, idsIn("UUIDs")));
  });

  test("is the same in every release: a change would move the actors of a hub that upgrades node by node", () => {
    const ring = createRing({ nodes: names(5) });
    expect(["c-1", "c-2", "YYZ", "", "é漢😀"].map((id) => ring.owners(id, 2))).toMatchInlineSnapshot(`
      [
        [
          "node-1",
          "node-2",
        ],
        [
          "node-1",
          "node-4",
        ],
        [
          "node-4",
          "node-3",
        ],
        [
          "node-3",
          "node-5",
        ],
        [
          "node-5",
          "node-2",
        ],
      ]
    `);
  });

  test("names distinct owners, the first of them the owner", () => {
    const ring = createRing({ nodes: names(6) });
    for (const id of ids) {
      expect(new Set(ring.owners(id, 6))).toEqual(new Set(ring.nodes));
      expect(ring.owners(id, 3)).toEqual(ring.owners(id, 6).slice(0, 3));
      expect(ring.owners(id, 1)).toEqual([ring.owner(id)]);
    }
  });

  test("keeps the order of the others when one of them goes", () => {
    const [before, after] = [createRing({ nodes: names(6) }), createRing({ nodes: names(5) })];
    for (const id of ids) expect(after.owners(id, 5)).toEqual(before.owners(id, 6).filter((node) => node !== "node-6"));
  });

  test("gives fewer owners than asked for where there are fewer nodes, and none for none", () => {
    expect(
      createRing({ nodes: ["b", "a"] })
        .owners("x", 5)
        .sort(),
    ).toEqual(["a", "b"]);
    expect([0, -1, Number.NaN].map((count) => createRing({ nodes: ["a"] }).owners("x", count))).toEqual([[], [], []]);
    expect(createRing({ nodes: [] }).owner("x")).toBeUndefined();
    expect(createRing({ nodes: [] }).owners("x", 3)).toEqual([]);
  });

  test("answers the same when its memory of recent keys has turned over", () => {
    const ring = createRing({ nodes: names(5) });
    const first = ids.map((id) => ring.owners(id, 2));
    for (let i = 0; i < 100_000; i++) ring.owner(`other-${i}`);
    expect(ids.map((id) => ring.owners(id, 2))).toEqual(first);
  });

  test.each(["__proto__", "constructor", "toString", "1", " ", "😀"])("takes %j as a node and as a key", (odd) => {
    const ring = createRing({ nodes: [odd, "a", "b"] });
    expect(new Set(ids.map((id) => ring.owner(id)))).toEqual(new Set([odd, "a", "b"]));
    expect(ring.owners(odd, 3).sort()).toEqual([odd, "a", "b"].sort());
  });

  test.each([0, 1.5, 5_000])("refuses %d points", (points) => {
    expect(() => createRing({ nodes: ["a"], points })).toThrow(HubConfigError);
  });
});
