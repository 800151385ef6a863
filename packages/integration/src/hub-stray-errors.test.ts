import { until } from "@process-hub/protocol/testing";
import { child, ownThread } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { balanced, Hubs } from "./fixtures/hubs.js";
import { moody } from "./fixtures/moody.strategy.js";
import { Player } from "./fixtures/player.actor.js";
import { Trouble } from "./fixtures/trouble.actor.mjs";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

const ids = Array.from({ length: 20 }, (_, i) => `p-${i}`);

describe("an error that nobody handles", () => {
  test.each([
    ["throwLater", "exception", "thrown outside a handler"],
    ["throwNullLater", "exception", "null"],
    ["forget", "rejection", "forgotten"],
  ] as const)("of %s costs nobody the state, and is told with the actors that ran last", async (message, kind, text) => {
    const a = await hubs.make("a", { threads: 1, timings: { stopTimeoutMs: 50 } });
    const told: { kind: string; error: Error; actors: readonly string[] }[] = [];
    const logged: string[] = [];
    const exits: unknown[] = [];
    a.on("unhandled", (event) => told.push(event));
    a.on("log", ({ level, message: line }) => level === "error" && logged.push(line));
    a.on("threadExited", (event) => exits.push(event));
    await a.start(Trouble, { id: "trouble" });
    await a.startChildren(ids.map((id) => child(Player, { id })));
    await Promise.all(ids.map((id) => a.ref(Player, id).ask("add", { by: 3 })));
    for (let i = 1; i <= 3; i++) {
      a.ref(Trouble, "trouble")
        .ask(message, undefined, { timeoutMs: 100 })
        .catch(() => {});
      await until("it is told", () => told.length === i);
      await a.stop("trouble").catch(() => {});
      await a.start(Trouble, { id: "trouble" });
    }
    expect(told.map((event) => [event.kind, event.error.message, event.actors[0]])).toEqual(
      told.map(() => [kind, expect.stringContaining(text), "trouble"]),
    );
    expect(logged.filter((line) => line.includes("nobody handles it") && line.includes("trouble"))).toHaveLength(3);
    expect(await Promise.all(ids.map((id) => a.ref(Player, id).ask("read")))).toEqual(ids.map(() => 3));
    expect(exits).toEqual([]);
  });

  test("in the thread of a strategy is told with its name, and the thread goes on", async () => {
    const told: unknown[] = [];
    const options = { threads: 1, synchronization: ownThread(moody()) };
    const a = await hubs.make("a", options);
    a.on("unhandled", ({ strategy, kind, error, actors }) => told.push([strategy, kind, error.message, actors]));
    const logged: string[] = [];
    a.on("log", ({ level, message }) => level === "error" && logged.push(message));
    const stray = await hubs.make("stray", options);
    await a.start(Player, { id: "p", nodes: ["a"] });
    await until("the other node hears of it by that strategy", () => stray.lookup("p") !== undefined);
    await until("it is told", () => told.length > 0);
    expect(told[0]).toEqual(["moody", "rejection", "left behind", []]);
    expect(logged).toContain("the strategy moody left an error behind that nobody handles: left behind");
    const before = told.length;
    await a.start(Player, { id: "q", nodes: ["a"] });
    await until("the thread has gone on", () => told.length > before && stray.lookup("q") !== undefined);
  });
});

describe("onUnhandled: replace", () => {
  test("all actors of the thread go on in a fresh one, with state, mailbox and timers, while others write to them; then the old one ends", async () => {
    const options = { threads: { count: 2, onUnhandled: "replace" as const }, timings: { handoffTimeoutMs: 500 } };
    const [a, b] = await hubs.pair(options);
    const exits: unknown[] = [];
    a.on("threadExited", (event) => exits.push(event));
    const letters: unknown[] = [];
    for (const hub of [a, b]) hub.on("deadLetter", (letter) => letters.push(letter));
    await a.start(Trouble, { id: "trouble", nodes: ["a"] });
    await a.startChildren(ids.map((id) => child(Player, { id, nodes: ["a"] })));
    const thread = a.lookup("trouble")?.replicas[0]?.thread;
    await Promise.all(ids.map((id) => a.move(id, { node: "a", ...(thread === undefined ? {} : { thread }) })));
    const epochs = ids.map((id) => a.lookup(id)?.replicas[0]?.epoch ?? 0);
    await Promise.all(ids.map((id) => a.ref(Player, id).ask("remind", { key: "k", ms: 1_500 })));
    let isOver = false;
    let asked = 0;
    const failures: unknown[] = [];
    const writing = [a, b].map(async (hub) => {
      for (let i = 0; !isOver; i++, asked++)
        await hub
          .ref(Player, ids[i % ids.length] as string)
          .ask("add", { by: 1 })
          .catch((error: unknown) => failures.push(error));
    });
    a.ref(Trouble, "trouble").tell("slip");
    await until("all have another epoch", () => ids.every((id, i) => (a.lookup(id)?.replicas[0]?.epoch ?? 0) > (epochs[i] ?? 0)));
    await until("the old thread has ended", () => a.stats().threads.length === 2, 20_000);
    isOver = true;
    await Promise.all(writing);
    const sums = await Promise.all(ids.map((id) => b.ref(Player, id).ask("read")));
    expect([sums.reduce((sum, n) => sum + n, 0), failures, letters, exits]).toEqual([asked, [], [], []]);
    const fired = (): Promise<string[][]> => Promise.all(ids.map((id) => a.ref(Player, id).ask("fired")));
    await until("all timers rang", async () => (await fired()).every((keys) => keys.length > 0));
    expect(await fired()).toEqual(ids.map(() => ["k"]));
    expect(await a.ref(Trouble, "trouble").ask("echo", "here")).toBe("here");
    await until("the counters add up", () => balanced([a, b]));
  });
});
