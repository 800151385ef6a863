import { until } from "@process-hub/protocol/testing";
import { child } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
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
});
