import { expect, test } from "vitest";
import { importDefinitions } from "./definitions.js";
import { box } from "./fixtures/box.js";

const load = (exported: Record<string, unknown>) => async (): Promise<Record<string, unknown>> => exported;

test("definitions are found by name, whatever they are exported as", async () => {
  const { Box } = box();
  const found = await importDefinitions([{ name: "box", module: "file:///box.js" }], [], load({ one: 1, Anything: Box }));
  expect([...found]).toEqual([["box", Box.behaviour]]);
});

test.each([
  ["all that a CommonJS module exports", (all: object) => ({ default: all })],
  ["the default of a compiled one", (all: object) => ({ default: { __esModule: true, default: all } })],
])("definitions are found in %s", async (_, exported) => {
  const { Box } = box();
  const found = await importDefinitions([{ name: "box", module: "file:///box.js" }], [], load(exported({ Box })));
  expect([...found]).toEqual([["box", Box.behaviour]]);
});

test.each([
  ["nothing of that name", { Box: box().Box }, "tin"],
  ["something that only looks like it", { box: { name: "box" } }, "box"],
])("a module that exports %s is refused", async (_, exported, name) => {
  const loading = importDefinitions([{ name, module: "file:///box.js" }], [], load(exported));
  await expect(loading).rejects.toMatchObject({ code: "StartFailed", message: expect.stringContaining(`actor ${name}`) });
});

test("a module that cannot be imported is named with its reason", async () => {
  const loading = importDefinitions([{ name: "box", module: "node:no-such-module" }]);
  await expect(loading).rejects.toMatchObject({ code: "StartFailed", fields: { actor: "box", module: "node:no-such-module" } });
});

test("a module that makes a hub as it is imported is refused, though it caught the refusal", async () => {
  const { Box } = box();
  const refused: Error[] = [];
  const loading = importDefinitions([{ name: "box", module: "file:///box.js" }], refused, async () => {
    refused.push(new Error("no hub here"));
    return { Box };
  });
  await expect(loading).rejects.toThrow("makes a hub as it is imported: no hub here");
});
