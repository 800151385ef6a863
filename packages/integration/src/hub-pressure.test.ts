import { until } from "@process-hub/protocol/testing";
import type { Hub } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Stage } from "./fixtures/stage.actor.js";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

const counts = (hub: Hub, id: string) => hub.ref(Stage, id).ask("counts") as Promise<{ seen: number; gaps: number }>;

/** A chain of stages over the threads of its nodes, at default limits. */
async function chain(open: readonly Hub[], stages: number, slowMs: number): Promise<void> {
  const [hub] = open as [Hub];
  for (let i = 0; i <= stages; i++) {
    const id = `s-${i}`;
    await hub.start(Stage, { id, args: { next: i === stages ? null : `s-${i + 1}`, slowMs } });
    const to = open[i % open.length] as Hub;
    await hub.move(id, { node: to.node, thread: (i >> 1) % 2 }).catch(() => {});
  }
}

describe("a chain of actors that wait for room", () => {
  test.each([
    ["on one node", 1, 8, 0],
    ["over two nodes", 2, 8, 0],
    ["with a slow last stage", 1, 3, 0.05],
  ] as const)("%s loses nothing, in order, however much is sent", async (_, nodes, stages, slowMs) => {
    const open = [await hubs.make("a"), ...(nodes === 2 ? [await hubs.make("b")] : [])];
    await until("they see each other", () => open.every((hub) => hub.nodes().length === nodes - 1));
    await chain(open, stages, slowMs);
    const [hub] = open as [Hub];
    const count = 25_000;
    hub.ref(Stage, "s-0").tell("flood", { to: "s-1", count });
    await until("all have arrived", async () => (await counts(hub, `s-${stages}`)).seen === count);
    expect(await counts(hub, `s-${stages}`)).toEqual({ seen: count, gaps: 0 });
    expect(open.map((one) => one.stats().messages.deadLettered)).toEqual(open.map(() => 0));
  });
});

describe("an actor with much to do", () => {
  test("slows those who tell it, and nobody else", async () => {
    const hub = await hubs.make("a", { threads: 1 });
    const slow = await hub.start(Stage, { id: "slow", args: { next: null, slowMs: 1 } });
    const idle = await hub.start(Stage, { id: "idle", args: { next: null, slowMs: 0 } });
    let room = true;
    for (let n = 1; n <= 3_000; n++) room = slow.tell("value", n);
    expect([room, idle.tell("value", 1)]).toEqual([false, true]);
    const fromMs = performance.now();
    await hub.ready(idle);
    expect(performance.now() - fromMs).toBeLessThan(100);
    await hub.ready(slow);
    expect((await counts(hub, "slow")).seen).toBeGreaterThan(2_000);
  });
});
