import { until } from "@process-hub/protocol/testing";
import { guided } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Awkward, Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Explanation } from "./explain.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const becomes = (hub: Hub, id: string, state: Explanation["state"]): Promise<void> =>
  until(`${id} is ${state}`, () => hub.explain(id).state === state || hub.explain(id).text);

describe("why an actor is where it is", () => {
  test("one that runs where it belongs", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.start(Counter, { id: "c" });
    const why = a.explain("c");
    const home = a.lookup("c")?.replicas[0];
    expect(why).toMatchObject({
      id: "c",
      state: "running",
      registrar: home?.node,
      place: { node: home?.node, thread: home?.thread },
    });
    expect([...why.owners].sort()).toEqual(["a", "b"]);
    expect(why.strategies.migration).toEqual(expect.objectContaining({ name: "hotSwap" }));
    expect(why.text).toContain(`c runs on node ${home?.node}, thread ${home?.thread}`);
    expect(why.text).toContain("where it belongs by consistentHashing");
    await becomes(b, "c", "running");
    expect({ ...b.explain("c"), text: "" }).toEqual({ ...why, text: "" });
  });

  test("one that was moved by hand, and one that is pinned", async () => {
    const [a] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.start(Counter, { id: "c", nodes: ["a"] });
    await a.move("c", { node: "b" });
    await becomes(a, "c", "running");
    await until("the move is known", () => a.explain("c").place?.node === "b");
    expect(a.explain("c")).toMatchObject({ owners: ["a"], pinned: ["a"] });
    expect(a.explain("c").text).toMatch(/runs on node b.*it belongs on a; its starter allows a only$/);
  });

  test("one that is being started, and one that nobody knows", async () => {
    const hub = await lab.hub("a");
    const starting = hub.start(Awkward, { id: "slow", args: { startMs: 50 } });
    expect(hub.explain("slow")).toMatchObject({ state: "starting", place: undefined });
    await starting;
    expect(hub.explain("slow").state).toBe("running");
    expect(hub.explain("nobody")).toMatchObject({ state: "unknown", owners: ["a"] });
    expect(() => hub.explain("")).toThrow(/an actor's id/);
  });

  test("one whose node is gone, and that may run nowhere else", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], { distribution: guided() })) as [Hub, Hub];
    await a.start(Counter, { id: "c", nodes: ["b"] });
    await b.close();
    await becomes(a, "c", "waiting");
    expect(a.explain("c")).toMatchObject({ owners: [], registrar: "a", pinned: ["b"], place: { node: "b" } });
    expect(a.explain("c").text).toMatch(/^c waits for its node: it last ran on node b/);
  });
});
