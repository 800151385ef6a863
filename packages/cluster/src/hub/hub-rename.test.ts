import { until } from "@process-hub/protocol/testing";
import { dynamicQuorum, guided, hotSwap, majorityQuorum, type PartitionStrategy, staticQuorum } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counter, Ledger } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

describe("a node that is alone takes another name", () => {
  test("its actors go on with what they know, under the new name, and so do references to them", async () => {
    const hub = await lab.hub("first");
    const counters = await Promise.all(
      Array.from({ length: 20 }, (_, i) => hub.start(Counter, { id: `c-${i}`, args: { from: i } })),
    );
    await Promise.all(counters.map((counter) => counter.ask("add", { by: 100 })));
    await hub.rename("second");
    expect([hub.node, hub.nodes({ includeLocal: true }), hub.list("local")]).toMatchObject([
      "second",
      ["second"],
      { length: 20 },
    ]);
    expect(await Promise.all(counters.map((counter) => counter.ask("add", { by: 1 })))).toEqual(counters.map((_, i) => i + 101));
    expect(await counters[0]?.ask("where")).toMatch(/^second\//);
    await hub.start(Counter, { id: "later", args: {} });
    expect(hub.explain("later").place?.node).toBe("second");
  });

  test("nothing that is said meanwhile is lost or comes out of order", async () => {
    const hub = await lab.hub("first");
    const ledger = await hub.start(Ledger, { id: "ledger", args: undefined });
    let renamed = false;
    const renaming = hub.rename("second").finally(() => {
      renamed = true;
    });
    let n = 0;
    while (!renamed) {
      ledger.tell("note", { from: "me", n: ++n });
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await renaming;
    ledger.tell("note", { from: "me", n: ++n });
    await until("all is noted", async () => {
      const { count, wrong } = (await ledger.ask("read")) as { count: number; wrong: string[] };
      return (count === n && wrong.length === 0) || [n, count, wrong];
    });
    expect(hub.stats().messages.deadLettered).toBe(0);
  });

  test("others find it under its new name, and its old one is free", async () => {
    // The ring wants it on the next node of the old name: who asks while it is swapped could hear that it stopped.
    const options = { migration: hotSwap() };
    const hub = await lab.hub("first", options);
    await hub.start(Counter, { id: "c", args: { from: 7 } });
    await hub.rename("second");
    const [other, again] = [await lab.hub("third", options), await lab.hub("first", options)];
    await until("all see each other", () => [hub, other, again].every((one) => one.nodes().length === 2));
    expect(await other.ref(Counter, "c").ask("read")).toBe(7);
    await expect(hub.rename("fourth")).rejects.toMatchObject({ code: "HubConfigError" });
  });
});

describe("to a partition strategy the node under its old name and under its new one is one node", () => {
  test.each<PartitionStrategy>([
    staticQuorum({ size: 1 }),
    majorityQuorum(),
    majorityQuorum({ initialSize: 3 }),
    dynamicQuorum({ percent: 51 }),
    dynamicQuorum(),
  ])("$name $settings: its actors go on", async (partitionTolerance) => {
    // The ring may want the actor on the next node of the old name: it keeps its count on the way.
    const options = { partitionTolerance, migration: hotSwap() };
    const hub = await lab.hub("first", options);
    if (partitionTolerance.name !== "staticQuorum") await hub.resetClusterSize(1);
    await until("it serves", () => !hub.isPartitioned());
    const counter = await hub.start(Counter, { id: "c", args: { from: 3 } });
    const changes: boolean[] = [];
    hub.on("partitionChanged", ({ partitioned }) => changes.push(partitioned));
    await hub.rename("second");
    expect([hub.isPartitioned(), await counter.ask("add", { by: 1 })]).toEqual([false, 4]);
    const again = await lab.hub("first", options);
    await until("the next of the old name serves as well", () => hub.nodes().length === 1 && !again.isPartitioned());
    expect([hub.isPartitioned(), await counter.ask("add", { by: 1 }), changes]).toEqual([false, 5, []]);
  });

  test("so a side that may not serve cannot by taking another name", async () => {
    const hub = await lab.hub("first", { partitionTolerance: staticQuorum({ size: 2 }) });
    await expect(hub.rename("second")).rejects.toMatchObject({ code: "Partitioned", fields: { node: "first" } });
    expect([hub.node, hub.isPartitioned()]).toEqual(["first", true]);
  });

  test("and after a rename that fails it counts as before", async () => {
    const partitionTolerance = majorityQuorum();
    const hub = await lab.hub("first", { partitionTolerance, distribution: guided() });
    const counter = await hub.start(Counter, { id: "c", args: { from: 3 }, nodes: ["first"] });
    await expect(hub.rename("second")).rejects.toMatchObject({ code: "HandoffFailed" });
    expect([hub.isPartitioned(), await counter.ask("read")]).toEqual([false, 3]);
    const second = await lab.hub("second", { partitionTolerance, distribution: guided() });
    await until("both serve", () => hub.nodes().length === 1 && !second.isPartitioned());
    await hub.resetClusterSize(5);
    await until("two of five do not serve", () => hub.isPartitioned() && second.isPartitioned());
  });
});

describe("the name stays as it is", () => {
  test.each<[string, string, RegExp]>([
    ["it is malformed", "no name", /letters, digits, dots/],
    ["it is the same", "first", /is named first already/],
  ])("when %s", async (_, name, text) => {
    const hub = await lab.hub("first");
    await expect(hub.rename(name)).rejects.toThrow(text);
    expect([hub.node, hub.isAlive()]).toEqual(["first", true]);
  });

  test("when there are members, whom the error names", async () => {
    const [hub] = await lab.nodes(["first", "other"]);
    await expect(hub?.rename("second")).rejects.toThrow(/the others: other/);
  });

  test("when an actor may not run under another: it goes on where it is", async () => {
    const hub = await lab.hub("first", { distribution: guided() });
    const counter = await hub.start(Counter, { id: "c", args: { from: 3 }, nodes: ["first"] });
    await expect(hub.rename("second")).rejects.toMatchObject({ code: "HandoffFailed" });
    expect([hub.node, hub.isAlive(), await counter.ask("read")]).toEqual(["first", true, 3]);
    const other = await lab.hub("other", { distribution: guided() });
    await until("the two see each other", () => hub.nodes().length === 1 && other.nodes().length === 1);
    expect(await other.ref(Counter, "c").ask("add", { by: 1 })).toBe(4);
  });

  test("when it has drained, and the error says that this is for good", async () => {
    const hub = await lab.hub("first");
    await hub.drain();
    await expect(hub.rename("second")).rejects.toMatchObject({ code: "Locked", message: expect.stringMatching(/has drained/) });
  });

  test("other calls are refused until it is decided", async () => {
    const hub = await lab.hub("first");
    const renaming = hub.rename("second");
    await expect(hub.start(Counter, { id: "c", args: {} })).rejects.toMatchObject({ code: "Locked" });
    await expect(hub.rename("third")).rejects.toMatchObject({ code: "Locked" });
    await renaming;
    await hub.start(Counter, { id: "c", args: {} });
  });
});
