import { decode, encode } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { NodeHandlers } from "./node-handlers.js";

test("a handler gets a copy of the input and who asks; its answer is a copy too", async () => {
  const handlers = new NodeHandlers();
  const answer = { seen: new Set([1]) };
  handlers.add("cache", async (input, from) => ({ ...answer, input, from }));
  const bytes = await handlers.call("cache", encode({ at: new Date(5) }), "b");
  expect(bytes && decode(bytes)).toEqual({ seen: new Set([1]), input: { at: new Date(5) }, from: "b" });
  expect(await handlers.call("other", encode(1), "b")).toBeUndefined();
});

test("there is one of a name, until it is taken off", async () => {
  const handlers = new NodeHandlers();
  const off = handlers.add("cache", () => 1);
  expect(() => handlers.add("cache", () => 2)).toThrow(expect.objectContaining({ code: "HubConfigError" }));
  off();
  handlers.add("cache", () => 2);
  off();
  expect(decode((await handlers.call("cache", encode(1), "b")) ?? encode(0))).toBe(2);
  for (const wrong of [() => handlers.add(7 as never, () => 1), () => handlers.add("x", {} as never)])
    expect(wrong).toThrow(expect.objectContaining({ code: "HubConfigError" }));
});

test("what is only told fails in the log", async () => {
  const handlers = new NodeHandlers();
  const lines: unknown[] = [];
  handlers.add("cache", () => {
    throw new RangeError("no room");
  });
  for (const name of ["cache", "other"]) handlers.hear(name, encode(1), "b", (level, line) => void lines.push([level, line]));
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toEqual([
    ["debug", "a broadcast other of node b has no handler here"],
    ["error", "the handler of cache failed at a broadcast of node b: RangeError: no room"],
  ]);
});

test("an answer that cannot travel is refused by its path", async () => {
  const handlers = new NodeHandlers();
  handlers.add("cache", () => ({ list: [() => {}] }));
  await expect(handlers.call("cache", encode(1), "b")).rejects.toMatchObject({
    code: "NotSerializable",
    message: expect.stringContaining("value.list[0]"),
  });
});
