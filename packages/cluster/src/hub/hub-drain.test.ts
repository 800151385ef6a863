import { child, defineActor } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { hotSwap } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { HubEvents } from "../events/hub-events.js";
import { Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

/** A room that does not want to move while it is in a game. */
const Room = defineActor({
  name: "room",
  module: import.meta.url,
  state: z.object({ playing: z.boolean(), asked: z.array(z.string()) }),
  init: () => ({ playing: true, asked: [] as string[] }),
})
  .on("end", {}, (state) => void (state.playing = false))
  .on("asked", {}, ({ asked }) => asked)
  .lifecycle({
    moving: (state, { to, why }) => {
      state.asked.push(`${to} ${why}`);
      return state.playing ? { deferMs: 40 } : undefined;
    },
  });

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const nodes = async (names = ["a", "b"]): Promise<[Hub, Hub, ...Hub[]]> =>
  (await lab.nodes(names, { actors: [Room, Counter], migration: hotSwap() })) as [Hub, Hub];

describe("a drain", () => {
  test("ends at its deadline and says of each whether it moved, is left, or was forced; an event says so too", async () => {
    const [a] = await nodes();
    const finished: HubEvents["drainFinished"][] = [];
    a.on("drainFinished", (event) => void finished.push(event));
    await a.startChildren(["x", "stuck"].map((id) => child(Counter, { id, nodes: ["a", "b"] })));
    for (const id of ["x", "stuck"]) await a.move(id, { node: "a" });
    void a
      .ref(Counter, "stuck")
      .ask("never")
      .catch(() => {});
    const left = await a.drain({ deadlineMs: 300 });
    expect([left.status, left.moved, left.left, left.forced]).toEqual(["error", ["x"], ["stuck"], []]);
    const forced = await a.drain({ deadlineMs: 200, force: true });
    expect([forced.status, forced.moved, forced.left, forced.forced]).toEqual(["ok", [], [], ["stuck"]]);
    expect(finished).toMatchObject([
      { node: "a", moved: ["x"], left: ["stuck"], forced: [], errors: [{ id: "stuck" }] },
      { node: "a", moved: [], left: [], forced: ["stuck"], errors: [] },
    ]);
    expect(finished[0]?.tookMs).toBeLessThan(1_000);
    await expect(a.drain({ deadline: 5 } as object)).rejects.toMatchObject({ code: "HubConfigError" });
    await expect(a.drain({ perSecond: 0 })).rejects.toMatchObject({ code: "HubConfigError" });
  });

  test("lets actors put off their moves for half of its time", async () => {
    const [a, b] = await nodes();
    const deferred: HubEvents["moveDeferred"][] = [];
    a.on("moveDeferred", (event) => void deferred.push(event));
    await a.startChildren(["plays", "stops"].map((id) => child(Room, { id, nodes: ["a", "b"] })));
    for (const id of ["plays", "stops"]) await a.ref(Room, id).ask("asked");
    const here = a.list({ node: "a" }).map(({ id }) => id);
    for (const id of ["plays", "stops"].filter((id) => !here.includes(id))) {
      await a.ref(Room, id).ask("end");
      await a.move(id, { node: "a" });
    }
    const draining = a.drain({ deadlineMs: 800 });
    await until("it puts its move off", () => deferred.some(({ why }) => why === "drain") || here.length === 0 || deferred);
    await a.ref(Room, "stops").ask("end");
    const { moved, left } = await draining;
    expect([moved.toSorted(), left]).toEqual([["plays", "stops"], []]);
    for (const { deferMs, forced } of deferred) expect(deferMs === 0).toBe(forced);
    expect(b.list({ node: "b" }).length).toBe(2);
  });
});

describe("an actor that puts off its move", () => {
  test("is asked again when it said, goes when it lets itself, and is forced at timings.maxDeferMs", async () => {
    const hubs = await lab.nodes(["a", "b"], { actors: [Room], timings: { maxDeferMs: 200 } });
    const [a, b] = hubs as [Hub, Hub];
    const deferred: HubEvents["moveDeferred"][] = [];
    a.on("moveDeferred", (event) => void deferred.push(event));
    const room = await a.start(Room, { id: "x", nodes: ["a"] });
    await b.move("x", { node: "b" });
    expect(deferred.at(-1)).toMatchObject({ id: "x", node: "a", to: "b", why: "move", deferMs: 0, forced: true });
    expect(deferred.length).toBeGreaterThanOrEqual(4);
    const before = (await room.ask("asked")) as string[];
    expect(new Set(before)).toEqual(new Set(["b move"]));
    await room.ask("end");
    await a.move("x", { node: "a" });
    expect(((await room.ask("asked")) as string[]).slice(before.length)).toEqual(["a move"]);
  });

  test("does not keep the redistribution that a newcomer brings about, and follows it later", async () => {
    const [a, b] = await nodes();
    const finished: HubEvents["redistributionFinished"][] = [];
    a.on("redistributionFinished", (event) => void finished.push(event));
    const ids = Array.from({ length: 20 }, (_, i) => `x${i}`);
    await a.startChildren(ids.map((id) => child(Room, { id })));
    const c = await lab.hub("c", { actors: [Room, Counter], migration: hotSwap() });
    await until("a has tried", () => finished.some(({ joined }) => joined.includes("c")));
    expect(a.isLocked()).toBe(false);
    expect(finished.find(({ joined }) => joined.includes("c"))?.moved).toBe(0);
    await Promise.all(ids.map((id) => b.ref(Room, id).ask("end")));
    await until("all are where they belong", () =>
      ids.every((id) => c.explain(id).owners[0] === c.lookup(id)?.replicas[0]?.node),
    );
    expect(c.list("local").length).toBeGreaterThan(0);
    await until("a has tried again", () => finished.some(({ cause }) => cause === "deferred") || finished);
  });
});
