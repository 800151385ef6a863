import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

test("a broadcast reaches the handlers of all nodes, or of all others, in order", async () => {
  const hubs = (await lab.nodes(["a", "b", "c"])) as [Hub, Hub, Hub];
  const heard: string[] = [];
  for (const hub of hubs) hub.handle<{ n: number }>("cache", ({ n }, from) => void heard.push(`${hub.node} ${n} from ${from}`));
  expect(await hubs[0].broadcast("cache", { n: 1 })).toEqual(["a", "b", "c"]);
  expect(await hubs[0].broadcast("cache", { n: 2 }, { to: "others" })).toEqual(["b", "c"]);
  await until("all have heard", () => heard.length === 5);
  expect(heard.filter((line) => line.startsWith("b"))).toEqual(["b 1 from a", "b 2 from a"]);
  expect(heard).toContain("a 1 from a");
});

test("a collect names who answered, who is late, who has no handler or is gone, and who failed with what", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const hubs = await lab.nodes(names);
  const [a, b, c, , e] = hubs as [Hub, Hub, Hub, Hub, Hub];
  a.handle("cache", (input) => ({ mine: input }));
  b.handle("cache", async () => new Map([["k", 1]]));
  c.handle("cache", () => new Promise(() => {}));
  e.handle("cache", () => {
    throw new RangeError("no room");
  });
  const all = await a.collect("cache", { at: new Date(5) }, { timeoutMs: 100 });
  expect([all.status, all.results, all.late, all.missing]).toEqual([
    "error",
    [
      { node: "b", value: new Map([["k", 1]]) },
      { node: "a", value: { mine: { at: new Date(5) } } },
    ],
    ["c"],
    ["d"],
  ]);
  expect(all.failed).toMatchObject([{ node: "e", error: { name: "RangeError", message: "no room" } }]);
  const others = await b.collect("cache", undefined, { to: "others", timeoutMs: 100 });
  expect([others.values, others.late]).toEqual([[{ mine: undefined }], ["c"]]);
  const gone = a.collect("cache", 1, { to: "others", timeoutMs: 5_000 });
  for (const node of ["c", "e"]) lab.network.isolate(node);
  expect((await gone).missing).toEqual(["c", "d", "e"]);
});

test("what cannot travel is refused by its path, on the way there and back; a name is of one handler, also after a rename", async () => {
  const [a] = (await lab.nodes(["a"])) as [Hub];
  a.handle("cache", () => ({ made: () => {} }));
  await expect(a.broadcast("cache", { f: () => {} })).rejects.toMatchObject({ code: "NotSerializable" });
  await expect(a.collect("cache", [() => {}])).rejects.toMatchObject({
    code: "NotSerializable",
    message: expect.stringContaining("input[0]"),
  });
  expect((await a.collect("cache")).failed).toMatchObject([{ node: "a", error: { code: "NotSerializable" } }]);
  await expect(a.collect("cache", 1, { toAll: true } as object)).rejects.toMatchObject({ code: "HubConfigError" });
  expect(() => a.handle("cache", () => 1)).toThrow(expect.objectContaining({ code: "HubConfigError" }));
  await a.rename("z");
  expect((await a.collect("cache")).failed).toMatchObject([{ node: "z" }]);
  await a.close();
  await expect(a.collect("cache")).rejects.toMatchObject({ code: "HubClosed" });
});
