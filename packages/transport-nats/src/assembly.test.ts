import type { Clock } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Assembly } from "./assembly.js";

const limits = { maxBytes: 10_000, maxAgeMs: 100 };

function stage() {
  const time = { nowMs: 0 };
  const clock: Clock = {
    now: () => time.nowMs,
    wallMs: () => time.nowMs,
    setTimeout: () => ({ cancel() {} }),
    defer: () => ({ cancel() {} }),
  };
  const assembly = new Assembly(clock, limits);
  const add = (from: string, message: number, index: number, count: number, bytes = new Uint8Array([index]), life = "one") =>
    assembly.add(from, { from, life, piece: { message, index, count }, bytes });
  return { time, assembly, add };
}

test("pieces in order are a payload; those of several peers may mingle", () => {
  const { assembly, add } = stage();
  expect([add("a", 1, 0, 2), add("b", 1, 0, 3), add("a", 1, 1, 2), add("b", 1, 1, 3), add("b", 1, 2, 3)]).toEqual([
    undefined,
    undefined,
    new Uint8Array([0, 1]),
    undefined,
    new Uint8Array([0, 1, 2]),
  ]);
  expect(assembly.heldBytes).toBe(0);
});

test.each([
  [
    "a piece is lost",
    [
      [1, 0, 3],
      [1, 2, 3],
    ],
  ],
  [
    "a piece comes twice",
    [
      [1, 0, 3],
      [1, 1, 3],
      [1, 1, 3],
    ],
  ],
  [
    "another payload goes on",
    [
      [1, 0, 3],
      [2, 1, 3],
    ],
  ],
  [
    "the count changes",
    [
      [1, 0, 3],
      [1, 1, 4],
    ],
  ],
])("when %s, what came before is dropped, and the next payload is whole", (_what, pieces) => {
  const { assembly, add } = stage();
  for (const [message, index, count] of pieces as [number, number, number][])
    expect(add("a", message, index, count)).toBeUndefined();
  expect(assembly.heldBytes).toBe(0);
  expect([add("a", 9, 0, 2), add("a", 9, 1, 2)]).toEqual([undefined, new Uint8Array([0, 1])]);
});

test("a node that began anew does not end the payload of its earlier life", () => {
  const { add } = stage();
  expect([add("a", 1, 0, 2, undefined, "one"), add("a", 1, 1, 2, undefined, "two")]).toEqual([undefined, undefined]);
});

test("unfinished payloads are bounded over all peers: the oldest goes first", () => {
  const { assembly, add } = stage();
  for (let peer = 0; peer < 100; peer++) {
    add(`peer-${peer}`, 1, 0, 2, new Uint8Array(900));
    expect(assembly.heldBytes).toBeLessThanOrEqual(limits.maxBytes);
  }
  expect(add("peer-0", 1, 1, 2)).toBeUndefined();
  expect(add("peer-99", 1, 1, 2)?.length).toBe(901);
});

test("tiny pieces cost more than their bytes", () => {
  const { assembly, add } = stage();
  for (let index = 0; index < 1_000; index++) add("a", 1, index, 5_000);
  expect(assembly.heldBytes).toBeLessThanOrEqual(limits.maxBytes);
});

test("a half that nothing is added to is dropped in time", () => {
  const { time, assembly, add } = stage();
  add("old", 1, 0, 2);
  time.nowMs = 90;
  add("young", 1, 0, 2);
  time.nowMs = 110;
  assembly.expire();
  expect([add("old", 1, 1, 2), add("young", 1, 1, 2)]).toEqual([undefined, new Uint8Array([0, 1])]);
});
