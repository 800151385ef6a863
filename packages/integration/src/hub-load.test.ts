import { until } from "@process-hub/protocol/testing";
import { child, type Hub } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { balanced, Hubs } from "./fixtures/hubs.js";
import { Boss, Player } from "./fixtures/player.actor.js";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

describe("backpressure", () => {
  test("tell says false when it is time to slow down, and ready resolves when there is room", async () => {
    const [a, b] = await hubs.pair({ limits: { linkWindow: 256, linkLetters: 1_024 } });
    const player = await a.start(Player, { id: "p", nodes: ["b"] });
    let paused = 0;
    for (let n = 0; n < 20_000; n++) {
      if (player.tell("add", { by: 1 })) continue;
      paused++;
      await a.ready();
    }
    expect(await player.ask("read")).toBe(20_000);
    expect(paused).toBeGreaterThan(10);
    await until("the counters add up", () => balanced([a, b]));
    expect([a.stats().messages.refused, a.stats().messages.deadLettered]).toEqual([0, 0]);
  });

  test("who does not listen to it is refused, in bounds, and loses no order of fate", async () => {
    const [a, b] = await hubs.pair({ limits: { linkWindow: 256, linkLetters: 1_024 } });
    const player = await a.start(Player, { id: "p", nodes: ["b"] });
    await player.ask("read");
    const dead: string[] = [];
    a.on("deadLetter", ({ reason }) => dead.push(reason));
    for (let n = 0; n < 5_000; n++) player.tell("add", { by: 1 });
    await until("the counters add up", () => balanced([a, b]));
    const { deadLettered } = a.stats().messages;
    expect(deadLettered).toBeGreaterThan(0);
    expect(await player.ask("read")).toBe(5_000 - deadLettered);
    expect(new Set(dead)).toEqual(new Set(["MailboxFull"]));
  });

  test("a flood of asks in one turn has as many answers as the mailbox takes: to refuse the rest does not stop the node", async () => {
    const mailbox = 1_000;
    const [a, b] = await hubs.pair({ limits: { mailbox } });
    const player = await a.start(Player, { id: "p", nodes: ["b"] });
    await player.ask("read");
    const asked = Array.from({ length: 30_000 }, () => player.ask("add", { by: 1 }, { timeoutMs: 50_000 }));
    const fates = await Promise.allSettled(asked);
    const answered = fates.filter(({ status }) => status === "fulfilled").length;
    const codes = fates.flatMap((fate) => (fate.status === "rejected" ? [(fate.reason as { code?: string }).code] : []));
    expect(answered).toBeGreaterThanOrEqual(mailbox);
    expect(new Set(codes)).toEqual(new Set(["MailboxFull"]));
    expect(await player.ask("read")).toBe(answered);
    await until("the counters add up", () => balanced([a, b]));
  });

  test("two actors that flood each other, both waiting for room, both go on", async () => {
    const [a, b] = await hubs.pair({ limits: { linkWindow: 256 } });
    await a.start(Boss, { id: "one", nodes: ["a"] });
    await a.start(Boss, { id: "two", nodes: ["b"] });
    const [count, options] = [8_000, { timeoutMs: 60_000 }];
    const floods = [
      a.ref(Boss, "one").ask("flood", { to: "two", count }, options),
      b.ref(Boss, "two").ask("flood", { to: "one", count }, options),
    ];
    for (const paused of await Promise.all(floods)) expect(paused).toBeGreaterThan(0);
    await until("all are taken", async () => {
      const taken = [await a.ref(Boss, "one").ask("taken"), await a.ref(Boss, "two").ask("taken")];
      return taken.every((one) => one === count) || taken;
    });
  });
});

describe("a node that leaves under load", () => {
  test("without one failed ask from another node, nor one lost count", async () => {
    const [a, b] = await hubs.pair();
    const c = await hubs.make("c");
    await until("all see each other", () => [a, b, c].every((hub) => hub.nodes().length === 2));
    const ids = Array.from({ length: 300 }, (_, i) => `p-${i}`);
    await a.startChildren(ids.map((id) => child(Player, { id })));
    let on = true;
    const asked = new Map<string, number>();
    const ask = async (hub: Hub, first: number): Promise<void> => {
      for (let i = first; on; i += 7) {
        const id = ids[i % ids.length] as string;
        await hub.ref(Player, id).ask("add", { by: 1 });
        asked.set(id, (asked.get(id) ?? 0) + 1);
      }
    };
    const load = Array.from({ length: 20 }, (_, i) => ask(i % 2 === 0 ? a : c, i * 13));
    await until("the load runs", () => asked.size === ids.length);
    await b.close();
    const after = [...asked.values()].reduce((sum, one) => sum + one, 0);
    await until("it runs on", () => [...asked.values()].reduce((sum, one) => sum + one, 0) > after + 500);
    on = false;
    await Promise.all(load);
    const counts = await Promise.all(ids.map((id) => a.ref(Player, id).ask("read")));
    expect(counts).toEqual(ids.map((id) => asked.get(id)));
    await until("the counters add up", () => balanced([a, b, c]));
    expect([a, b, c].map((hub) => hub.stats().messages.deadLettered)).toEqual([0, 0, 0]);
  });
});

describe("many", () => {
  test("starts and stops, ten thousand, each with its outcome", async () => {
    const [a, b] = await hubs.pair();
    const ids = Array.from({ length: 10_000 }, (_, i) => `p-${i}`);
    const started = await a.startChildren(ids.map((id) => child(Player, { id })));
    expect([started.status, started.ids.length, a.list().length]).toEqual(["ok", 10_000, 10_000]);
    await until("the other node knows them", () => b.list().length === 10_000);
    expect(b.lookup("p-9999")?.actor).toBe("player");
    expect((await b.startChildren(ids.map((id) => child(Player, { id })))).errors.length).toBe(10_000);
    const stopped = await b.stopChildren([...ids, "nobody"]);
    expect([stopped.stopped.length, stopped.errors.map(({ id }) => id), b.list()]).toEqual([10_000, ["nobody"], []]);
    await until("the other node knows that", () => a.list().length === 0);
  });

  test("hubs in one process, of several ids, each with its threads, close at once", async () => {
    const some = await Promise.all(
      ["x", "y", "z"].map((id) => hubs.make("n", { id, threads: 1, timings: { stopTimeoutMs: 300 } })),
    );
    await Promise.all(some.map((hub, i) => hub.start(Player, { id: "p", args: { from: i } })));
    expect(await Promise.all(some.map((hub) => hub.ref(Player, "p").ask("read")))).toEqual([0, 1, 2]);
    const asked = some.map((hub) =>
      hub
        .ref(Player, "p")
        .ask("never")
        .catch((error: { code: string }) => error.code),
    );
    await until("they wait", () => some.every((hub) => hub.stats().asks.pending === 1));
    const closing = some.map((hub) => hub.close());
    for (const code of await Promise.all(asked)) expect(["HubClosed", "OutcomeUnknown"]).toContain(code);
    await Promise.all(closing);
  });
});
