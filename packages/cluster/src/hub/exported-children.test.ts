import { child } from "@process-hub/actor";
import { ChildSpec } from "@process-hub/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Awkward, Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import { exportedChild, importedChildren } from "./exported-children.js";
import type { Hub } from "./hub.js";
import { fromJson, toJson } from "./json-value.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const values: readonly unknown[] = [
  ...[1, 0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 7n, "text", "", true, null, undefined],
  ...[[1, [2, undefined]], new Array(2), {}, { a: { b: [null] } }, { a: undefined }, { $encoded: "AA==" }],
  ...[new Date(5), new Map([["k", new Set([1n])]]), { bytes: new Uint8Array([1, 2]), at: [new Date(5)] }],
];

test.each(values.map((value) => [value]))("%o comes back from JSON as it was", (value) => {
  expect(fromJson(JSON.parse(JSON.stringify(toJson(value, "value"))))).toStrictEqual(value);
});

test("what JSON carries stays readable, beside what it does not", () => {
  expect(toJson({ from: 1, list: ["a"], at: new Date(5) }, "args")).toEqual({
    from: 1,
    list: ["a"],
    at: { $encoded: expect.any(String) },
  });
  expect(() => toJson({ f: () => {} }, "args")).toThrow(expect.objectContaining({ code: "NotSerializable" }));
});

test("an export fills another hub, through JSON", async () => {
  const [a] = (await lab.nodes(["a"])) as [Hub];
  const metadata = { team: 7, since: new Date(5), tags: new Set(["x"]) };
  await a.startChildren([
    child(Counter, {
      id: "c",
      args: { from: 3 },
      tag: "t",
      metadata,
      restart: "transient",
      nodes: ["a", "z"],
      whenPossible: true,
    }),
    child(Awkward, { id: "w", args: {} }),
  ]);
  expect(a.exportChildren({ actor: Counter })).toMatchObject([{ whenPossible: true, restart: "transient" }]);
  const text = JSON.stringify(a.exportChildren());
  expect(a.exportChildren({ actor: Counter }).map(({ id }) => id)).toEqual(["c"]);
  await a.stopChildren(["c", "w"]);
  const result = await a.importChildren(JSON.parse(text));
  expect([result.status, result.ids.sort()]).toEqual(["ok", ["c", "w"]]);
  expect(a.lookup("c")).toMatchObject({ tag: "t", metadata });
  expect(await a.ref(Counter, "c").ask("read")).toBe(3);
  expect(JSON.stringify(a.exportChildren())).toBe(text);
  expect((await a.importChildren(JSON.parse(text))).errors).toMatchObject([{ error: { code: "AlreadyStarted" } }, {}]);
  expect((await a.importChildren(JSON.parse(text), { checkExisting: false })).status).toBe("ok");
});

test.each([
  ["no list", {}, "list"],
  ["no child", [{ actor: "counter" }], "0.id"],
  ["what no child has", [{ id: "x", actor: "counter", tags: [] }], "0.tags"],
  ["a kind that is not here", [{ id: "x", actor: "robot" }], "0.actor"],
  [
    "one id twice",
    [
      { id: "x", actor: "counter" },
      { id: "x", actor: "counter" },
    ],
    "1.id",
  ],
  ["args that are not of an export", [{ id: "x", actor: "counter", args: { $encoded: 7 } }], "0.args"],
  ["metadata that is not of an export", [{ id: "x", actor: "counter", metadata: { a: { $encoded: "wQ==" } } }], "0.metadata"],
])("%s is refused by its place, and nothing is started", (_, list, path) => {
  expect(() => importedChildren(list, [Counter])).toThrow(
    expect.objectContaining({ code: "HubConfigError", fields: expect.objectContaining({ path }) }),
  );
});

test("no name of an import reaches a prototype", () => {
  const list: unknown = JSON.parse('[{ "id": "x", "actor": "counter", "metadata": { "__proto__": { "team": 7 } } }]');
  for (const { options } of importedChildren(list, [Counter])) expect(options.metadata?.team).toBeUndefined();
  expect(({} as { team?: number }).team).toBeUndefined();
});

test("an export is what a start takes", () => {
  const spec = ChildSpec.parse({ id: "x", actor: "counter", args: { from: 1 } });
  expect(exportedChild(spec)).toEqual({ id: "x", actor: "counter", args: { from: 1 }, restart: "permanent" });
});
