import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import { Narrow } from "../fixtures/narrow.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

describe("a hub with a secret", () => {
  test("serves as one without", async () => {
    const [a, b] = await lab.nodes(["a", "b"], { secret: "our secret" });
    const ids = Array.from({ length: 20 }, (_, i) => `c-${i}`);
    for (const id of ids) await a?.start(Counter, { id });
    for (const id of ids) expect(await b?.ref(Counter, id).ask("add", { by: 2 })).toBe(2);
    expect([a?.stats().routing.badFrames, b?.stats().routing.badFrames]).toEqual([0, 0]);
  });

  test.each([
    ["another secret", "other"],
    ["none", undefined],
  ])("is closed to a node with %s: its user hears of it, and the hub goes on", async (_case, secret) => {
    const [a] = await lab.nodes(["a", "b"], { secret: "our secret" });
    await expect(lab.hub("stranger", secret === undefined ? {} : { secret })).rejects.toMatchObject({
      code: "Unauthenticated",
      message: expect.stringMatching(/give all nodes of a hub the same `secret`/),
    });
    expect(a?.nodes()).toEqual(["b"]);
  });

  test("changes it by two secrets for a while", async () => {
    const a = await lab.hub("a", { secret: ["new", "old"] });
    const b = await lab.hub("b", { secret: ["old", "new"] });
    const c = await lab.hub("c", { secret: ["new", "old"] });
    await until("all see each other", () => [a, b, c].every((hub) => hub.nodes().length === 2));
    await a.start(Counter, { id: "x" });
    for (const hub of [b, c]) await hub.ref(Counter, "x").ask("add", { by: 1 });
    expect(await b.ref(Counter, "x").ask("add", { by: 1 })).toBe(3);
  });

  test.each([[""], [[]], [["a", ""]], [7]])("is told of a wrong one without showing it: %j", async (secret) => {
    await expect(lab.hub("a", { secret: secret as string })).rejects.toMatchObject({
      code: "HubConfigError",
      message: expect.stringMatching(/^createHub: secret: takes a text, .*; given: \(not shown\)$/),
    });
  });
});

test("a hub without a secret warns where others may listen, and not where they cannot", async () => {
  const warnings = async (options: Parameters<Lab["hub"]>[1]): Promise<string[]> => {
    const heard: string[] = [];
    await lab.hub(`n${lab.hubs.length}`, {
      ...options,
      hooks: { log: [({ level, message }) => void (level === "warn" && heard.push(message))] },
    });
    return heard.filter((message) => message.includes("secret"));
  };
  const open = (): Narrow => new Narrow(lab.network.transport(), 2_000_000);
  expect(await warnings({ id: "one", transport: open() })).toEqual([expect.stringMatching(/^no `secret` is set/)]);
  expect(await warnings({ id: "two", transport: open(), secret: "s" })).toEqual([]);
  expect(await warnings({ id: "three" })).toEqual([]);
});
