import { Hub, hubSettings, memoryNetwork } from "@process-hub/cluster";
import { realClock, realRandom } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { WorkerThreads } from "@process-hub/threads/host";
import { child, type Hub as OpenHub, ThreadExited } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { balanced, Hubs } from "./fixtures/hubs.js";
import { Player } from "./fixtures/player.actor.js";
import { Trouble } from "./fixtures/trouble.actor.mjs";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

const ids = Array.from({ length: 40 }, (_, i) => `p-${i}`);

/** A troublemaker on thread 0 and players on both threads, each with a count of 3. */
async function crew(hub: OpenHub): Promise<{ onZero: string[] }> {
  await hub.start(Trouble, { id: "trouble" });
  await hub.startChildren(ids.map((id) => child(Player, { id })));
  if (hub.lookup("trouble")?.replicas[0]?.thread !== 0) await hub.move("trouble", { thread: 0 });
  await Promise.all(ids.map((id) => hub.ref(Player, id).ask("add", { by: 3 })));
  return { onZero: ids.filter((id) => hub.lookup(id)?.replicas[0]?.thread === 0) };
}

describe("a thread that dies", () => {
  const deaths = [
    ["throws outside a handler", "throwLater", /thrown outside/],
    ["throws nothing at all outside a handler", "throwNullLater", /without an order/],
    ["lets a promise reject that nobody waits for", "forget", /forgotten/],
    ["calls process.exit", "exit", /exit/i],
  ] as const;
  test.each(deaths)("because an actor %s", async (_how, message, reason) => {
    const a = await hubs.make("a", { threads: { count: 2, onUnhandled: "exit" } });
    const { onZero } = await crew(a);
    const exits: { thread: number; error: Error }[] = [];
    const restarted: string[] = [];
    a.on("threadExited", (event) => exits.push(event));
    a.on("childRestarted", ({ id }) => restarted.push(id));
    const waiting = onZero.map((id) =>
      a
        .ref(Player, id)
        .ask("never")
        .catch((error: unknown) => error),
    );
    await until("they are in hand", () => a.stats().threads[0]?.queued === waiting.length);
    const killing = a
      .ref(Trouble, "trouble")
      .ask(message)
      .catch((error: unknown) => error);
    for (const error of [await killing, ...(await Promise.all(waiting))]) {
      expect(error).toBeInstanceOf(ThreadExited);
      expect(error).toMatchObject({ code: "ThreadExited", fields: { node: "a", thread: 0 } });
    }
    const counts = await Promise.all(ids.map((id) => a.ref(Player, id).ask("read")));
    expect(counts).toEqual(ids.map((id) => (onZero.includes(id) ? 0 : 3)));
    await until("all are told", () => restarted.length === onZero.length + 1);
    expect(exits.map(({ thread, error }) => [thread, reason.test(error.message)])).toEqual([[0, true]]);
    expect(restarted.sort()).toEqual([...onZero, "trouble"].sort());
    await until("the counters add up", () => balanced([a]));
  });

  test("because an actor runs out of heap", async () => {
    const settings = hubSettings({ id: "small", node: "a", threads: 2, actors: [Player, Trouble] });
    const threads = new WorkerThreads({
      clock: realClock,
      startTimeoutMs: 30_000,
      worker: { resourceLimits: { maxOldGenerationSizeMb: 64 } },
    });
    const transport = memoryNetwork().transport();
    const a = new Hub({ settings, node: "a", threadCount: 2, clock: realClock, random: realRandom, threads, transport });
    await a.open();
    hubs.open.push(a);
    const { onZero } = await crew(a);
    await expect(a.ref(Trouble, "trouble").ask("hoard", undefined, { timeoutMs: 30_000 })).rejects.toMatchObject({
      code: "ThreadExited",
    });
    const counts = await Promise.all(ids.map((id) => a.ref(Player, id).ask("read")));
    expect(counts).toEqual(ids.map((id) => (onZero.includes(id) ? 0 : 3)));
    await until("the counters add up", () => balanced([a]));
  });

  test("again and again, and the other one with it: all run in the end, none is lost", async () => {
    const a = await hubs.make("a", { threads: { count: 2, onUnhandled: "exit" } });
    await crew(a);
    await a.start(Trouble, { id: "more trouble" });
    for (let round = 0; round < 4; round++) {
      a.ref(Trouble, "trouble").tell("exit");
      if (round % 2 === 1) a.ref(Trouble, "more trouble").tell("throwLater");
      await until("a thread has gone", () => a.stats().threads.length === 2 && a.list().length <= ids.length + 2);
      const counts = await Promise.all(
        ids.map((id) =>
          a
            .ref(Player, id)
            .ask("read", undefined, { timeoutMs: 20_000 })
            .catch(() => -1),
        ),
      );
      expect(counts.length).toBe(ids.length);
    }
    await until("all run", () => a.list().length === ids.length + 2);
    await until(
      "all answer",
      async () => (await Promise.all(ids.map((id) => a.ref(Player, id).ask("read")))).length === ids.length,
    );
  });

  test("while its actors are told from another node: order holds for what arrives, the balance for all", async () => {
    const [a, b] = await hubs.pair();
    await a.startChildren(ids.map((id) => child(Player, { id, nodes: ["b"] })));
    await b.start(Trouble, { id: "trouble", nodes: ["b"] });
    const dead: string[] = [];
    for (const hub of [a, b]) hub.on("deadLetter", ({ reason, count }) => dead.push(...Array<string>(count).fill(reason)));
    let sent = 0;
    const flood = async (): Promise<void> => {
      for (const id of ids) if (!a.ref(Player, id).tell("add", { by: 1 })) await a.ready();
      sent += ids.length;
    };
    for (let i = 0; i < 50; i++) await flood();
    b.ref(Trouble, "trouble").tell("exit");
    for (let i = 0; i < 50; i++) await flood();
    await until("the counters add up", () => balanced([a, b]));
    const counts = await Promise.all(ids.map((id) => a.ref(Player, id).ask("read")));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(sent);
    expect(new Set(dead).size).toBeLessThanOrEqual(1);
    for (const reason of dead) expect(reason).toBe("ThreadExited");
  });
});

describe("a thread that is blocked", () => {
  test("is reported, its node stays a member, asks to it expire, stops end by their deadline, and a close ends it", async () => {
    const timings = {
      stuckAfterMs: 300,
      askTimeoutMs: 1_000,
      handoffTimeoutMs: 500,
      heartbeatIntervalMs: 200,
      downAfterMs: 2_000,
      shutdownTimeoutMs: 2_000,
    };
    const [a, b] = await hubs.pair({ timings });
    await a.start(Trouble, { id: "trouble", nodes: ["b"] });
    await a.startChildren(ids.map((id) => child(Player, { id, nodes: ["b"] })));
    const blocked = b.lookup("trouble")?.replicas[0]?.thread as number;
    // On a busy machine the other thread can be slow to answer as well.
    const stuck: object[] = [];
    b.on("stuck", (event) => event.thread === blocked && stuck.push(event));
    const beside = ids.find((id) => b.lookup(id)?.replicas[0]?.thread === blocked) as string;
    const other = ids.find((id) => b.lookup(id)?.replicas[0]?.thread !== blocked) as string;
    a.ref(Trouble, "trouble").tell("block");
    await until("it is reported", () => stuck.length > 0);
    expect(stuck[0]).toMatchObject({ node: "b", thread: blocked, forMs: expect.any(Number) });
    await expect(a.ref(Player, beside).ask("read")).rejects.toMatchObject({ code: "AskTimeout" });
    expect(await a.ref(Player, other).ask("read", undefined, { timeoutMs: 20_000 })).toBe(0);
    await expect(a.stop(beside, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "AskTimeout",
      message: expect.stringMatching(/may be blocked/),
    });
    await expect(a.move(beside, { node: "a" })).rejects.toMatchObject({ code: "AskTimeout" });
    expect([a.nodes(), b.isAlive()]).toEqual([["b"], true]);
    await b.close();
    await until("b has left", () => a.nodes().length === 0);
  });
});

describe("a hub whose modules cannot be loaded", () => {
  test("does not come up, says why, and leaves nothing running", async () => {
    const module = "data:text/javascript,throw new Error('not today')";
    const broken = { ...Player, name: "broken", module } as typeof Player;
    await expect(hubs.make("a", { actors: [Player, broken] })).rejects.toMatchObject({
      code: "StartFailed",
      message: expect.stringMatching(/not today/),
    });
    const fine = await hubs.make("a");
    expect(fine.isAlive()).toBe(true);
  });
});
