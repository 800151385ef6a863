import { expect, test } from "vitest";
import type { Envelope } from "./envelope.js";
import { MessageLanes } from "./message-lanes.js";

const message = (name: string, ask = 0): Envelope => ({ name, ask }) as Envelope;

function filled(...names: string[]): MessageLanes {
  const lanes = new MessageLanes(new Set(["c1", "c2", "c3"]));
  for (const name of names) lanes.push(message(name));
  return lanes;
}

function taken(lanes: MessageLanes, count = lanes.size): (string | undefined)[] {
  return Array.from({ length: count }, () => lanes.shift()?.name);
}

test("where both kinds wait they are next in turn, each in its own order", () => {
  expect(taken(filled("a", "b", "c1", "c2", "c3"))).toEqual(["c1", "a", "c2", "b", "c3"]);
  expect(taken(filled("a", "b"))).toEqual(["a", "b"]);
});

test("first is the one that shift takes", () => {
  const lanes = filled("a", "c1", "c2");
  for (let left = lanes.size; left > 0; left--) expect(lanes.first()?.name).toBe(lanes.shift()?.name);
  expect([lanes.first(), lanes.shift(), lanes.size]).toEqual([undefined, undefined, 0]);
});

test("of the concurrent ones alone, until there is none", () => {
  const lanes = filled("a", "c1", "b", "c2");
  expect([lanes.first("only")?.name, lanes.shift("only")?.name, lanes.shift("only")?.name, lanes.shift("only")]).toEqual([
    "c1",
    "c1",
    "c2",
    undefined,
  ]);
  expect([lanes.concurrent, lanes.size, taken(lanes)]).toEqual([0, 2, ["a", "b"]]);
});

test("or of the others alone", () => {
  const lanes = filled("c1", "a");
  expect([lanes.first("not")?.name, lanes.shift("not")?.name, lanes.shift("not"), lanes.size]).toEqual(["a", "a", undefined, 1]);
});

test("both lanes are looked through, read, and emptied as one", () => {
  const lanes = filled("a", "c1", "b");
  expect([...lanes].map(({ name }) => name)).toEqual(["c1", "a", "b"]);
  expect(lanes.find(({ name }) => name === "b")?.name).toBe("b");
  expect([lanes.remove(({ name }) => name === "c1")?.name, lanes.remove(({ name }) => name === "a")?.name]).toEqual(["c1", "a"]);
  lanes.push(message("c2"));
  expect([lanes.drain().map(({ name }) => name), lanes.size, lanes.concurrent]).toEqual([["c2", "b"], 0, 0]);
});
