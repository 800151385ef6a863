import { child, defineActor } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { hotSwap, replication } from "@process-hub/strategies";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Lab } from "../fixtures/lab.js";
import { Narrow } from "../fixtures/narrow.js";
import type { HubOptions } from "../settings/settings.js";
import type { Hub } from "./hub.js";

const text = (bytes: number): string => "x".repeat(bytes);
const maxBytes = 1024 * 1024;
/** Above what one message may have, below what the transport carries. */
const large = text(700_000);
const allowed = text(500_000);

const Crate = defineActor({
  name: "crate",
  module: import.meta.url,
  args: z.string().default(""),
  state: z.object({ load: z.string(), taken: z.int() }),
  init: () => ({ load: "", taken: 0 }),
})
  .on("take", { input: z.string() }, (state, load) => void (state.taken += load.length))
  .on("fill", { input: z.int() }, (state, bytes) => void (state.load = text(bytes)))
  .on("give", { input: z.int(), output: z.string() }, (_state, bytes) => text(bytes))
  .on("crash", { input: z.int() }, (_state, bytes) => {
    throw new RangeError(text(bytes));
  })
  .on("pass", { input: z.object({ to: z.string(), bytes: z.int() }) }, (_state, { to, bytes }, ctx) => {
    ctx.ref(Crate, to).tell("take", text(bytes));
  })
  .on("later", { input: z.int() }, (_state, bytes, ctx) => ctx.schedule("later", 1, "take", text(bytes)))
  .on(
    "raise",
    { input: z.int() },
    async (_state, bytes, ctx) => void (await ctx.start(Crate, { id: "raised", args: text(bytes) })),
  )
  .on("read", { output: z.object({ load: z.int(), taken: z.int() }) }, (state) => ({
    load: state.load.length,
    taken: state.taken,
  }));

let lab = new Lab();
let ways: Narrow[] = [];
let gone: string[] = [];
afterEach(async () => {
  await lab.close();
  lab = new Lab();
  ways = [];
  gone = [];
});

async function opened(node: string, options: Partial<HubOptions> = {}): Promise<Hub> {
  const transport = new Narrow(lab.network.transport(), maxBytes);
  ways.push(transport);
  // A link that tried in vain would break long before the test ends.
  const timings = { deliveryMs: 1_000, ...options.timings };
  const hub = await lab.hub(node, { actors: [Crate], migration: hotSwap(), ...options, transport, timings });
  hub.on("memberLeft", (left) => gone.push(left.node));
  return hub;
}

/** Two nodes, and where the crate "c" is, and is not. */
async function pair(options: Partial<HubOptions> = {}): Promise<{ readonly home: Hub; readonly away: Hub }> {
  const [a, b] = [await opened("a", options), await opened("b", options)];
  await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
  await a.start(Crate, { id: "c", nodes: ["a"] });
  await until("both know it", () => b.lookup("c") !== undefined);
  return { home: a, away: b };
}

/** Nothing that no transport carries was tried, and nobody was given up. */
const undisturbed = (): unknown[] => [ways.reduce((sum, { lost }) => sum + lost, 0), gone];

describe("what is too large for the transport is refused at its source", () => {
  test("a tell and an ask: InvalidMessage that says of what, how much, and what to do; between the threads of one node too", async () => {
    const { home, away } = await pair();
    const refusal = {
      code: "InvalidMessage",
      message: expect.stringMatching(/take to actor c takes 700005 bytes.*589824 at most: send it in parts, or a reference/),
      fields: { id: "c", message: "take", bytes: 700_005, limitBytes: 589_824 },
    };
    for (const hub of [home, away]) {
      const ref = hub.ref(Crate, "c");
      expect(() => ref.tell("take", large)).toThrow(expect.objectContaining(refusal));
      await expect(ref.ask("take", large)).rejects.toMatchObject(refusal);
      ref.tell("take", allowed);
      expect(await ref.ask("read")).toMatchObject({ taken: hub === home ? 500_000 : 1_000_000 });
    }
    expect(undisturbed()).toEqual([0, []]);
  });

  test("what an actor sends, sets a timer with, or starts another with: its handler gets the error", async () => {
    const { away } = await pair();
    const ref = away.ref(Crate, "c");
    await expect(ref.ask("pass", { to: "c", bytes: 700_000 })).rejects.toMatchObject({ code: "InvalidMessage" });
    await expect(ref.ask("later", 700_000)).rejects.toMatchObject({ code: "InvalidMessage" });
    await expect(ref.ask("raise", 700_000)).rejects.toMatchObject({ code: "StartFailed", fields: { id: "raised" } });
    expect(undisturbed()).toEqual([0, []]);
  });

  test("a reply, and an error that a handler throws: the asker gets InvalidReply at once", async () => {
    const { home, away } = await pair();
    for (const hub of [home, away]) {
      const ref = hub.ref(Crate, "c");
      const refusal = { code: "InvalidReply", fields: { id: "c", limitBytes: 589_824 } };
      await expect(ref.ask("give", 700_000)).rejects.toMatchObject({ ...refusal, message: /reply of actor crate to give takes/ });
      await expect(ref.ask("crash", 700_000)).rejects.toMatchObject(refusal);
      expect(await ref.ask("give", 500_000)).toBe(allowed);
    }
    expect(undisturbed()).toEqual([0, []]);
  });

  test("args: StartFailed; the others of the batch start", async () => {
    const { away } = await pair();
    const { ids, errors } = await away.startChildren([child(Crate, { id: "small" }), child(Crate, { id: "big", args: large })]);
    expect(ids).toEqual(["small"]);
    expect(errors).toMatchObject([{ id: "big", error: { code: "StartFailed", fields: { id: "big", limitBytes: 589_824 } } }]);
    expect(undisturbed()).toEqual([0, []]);
  });

  test("a state: HandoffFailed at the transfer, and the actor goes on where it was", async () => {
    const { home } = await pair();
    await home.start(Crate, { id: "free" });
    const [from, to] = home.lookup("free")?.replicas[0]?.node === "a" ? ["a", "b"] : ["b", "a"];
    await home.ref(Crate, "free").ask("fill", 700_000);
    await expect(home.move("free", { node: to })).rejects.toMatchObject({
      code: "HandoffFailed",
      message: /its state, with its mailbox and timers, takes 7\d+ bytes.*589824 at most/,
      fields: { id: "free", step: "transfer" },
    });
    await home.ref(Crate, "free").ask("take", "y");
    expect(await home.ref(Crate, "free").ask("read")).toEqual({ load: 700_000, taken: 1 });
    expect(home.lookup("free")?.replicas[0]?.node).toBe(from);
    await home.ref(Crate, "free").ask("fill", 500_000);
    await home.move("free", { node: to });
    expect(home.lookup("free")?.replicas[0]?.node).toBe(to);
    expect(undisturbed()).toEqual([0, []]);
  });

  test("a state for a standby: told once, and its actor goes on", async () => {
    const logs: string[] = [];
    const hooks = {
      log: [({ level, message }: { level: string; message: string }) => void (level === "error" && logs.push(message))],
    };
    const { away } = await pair({ redundancy: replication({ factor: 2, standby: true }), hooks });
    const ref = await away.start(Crate, { id: "twice" });
    await ref.ask("take", "y");
    for (let n = 0; n < 3; n++) await ref.ask("fill", 700_000 + n);
    await until("it is told", () => logs.length > 0);
    await ref.ask("fill", 700_003);
    expect(await ref.ask("read")).toEqual({ load: 700_003, taken: 1 });
    expect(logs).toEqual([
      expect.stringMatching(/^the state of actor twice cannot go to its passive replicas, which keep the one before/),
    ]);
    expect(undisturbed()).toEqual([0, []]);
  });

  test("while the node takes another name, and under it", async () => {
    const hub = await opened("a");
    const ref = await hub.start(Crate, { id: "c" });
    const refused = (): void =>
      expect(() => ref.tell("take", large)).toThrow(expect.objectContaining({ code: "InvalidMessage" }));
    let renamed = false;
    const renaming = hub.rename("b").finally(() => {
      renamed = true;
    });
    while (!renamed) {
      refused();
      ref.tell("take", "y");
      await new Promise((resolve) => setImmediate(resolve));
    }
    await renaming;
    refused();
    await expect(ref.ask("give", 700_000)).rejects.toMatchObject({ code: "InvalidReply" });
    expect(hub.stats().messages.deadLettered).toBe(0);
    expect(undisturbed()[0]).toBe(0);
  });

  test("a transport that carries too little for a hub is refused", async () => {
    const transport = new Narrow(lab.network.transport(), 100_000);
    await expect(lab.hub("a", { transport })).rejects.toMatchObject({
      code: "HubConfigError",
      fields: { path: "transport.maxBytes", given: "100000" },
    });
  });
});

describe("much that is allowed passes in pieces", () => {
  test("a batch of starts, its registry records, all that a newcomer is told, a drain", async () => {
    const { home, away } = await pair();
    const ids = Array.from({ length: 40 }, (_, i) => `c-${i}`);
    const { errors } = await away.startChildren(ids.map((id) => child(Crate, { id, args: text(100_000) })));
    expect(errors).toEqual([]);
    const third = await opened("third");
    await lab.converged([home, away, third], 41);
    for (const id of ids) for (let n = 0; n < 4; n++) third.ref(Crate, id).tell("take", text(150_000));
    const filled = await Promise.all(ids.map((id) => third.ref(Crate, id).ask("fill", 100_000)));
    expect(filled).toHaveLength(40);
    expect((await away.drain()).errors).toEqual([]);
    const read = await Promise.all(ids.map((id) => home.ref(Crate, id).ask("read")));
    expect(new Set(read.map(({ load, taken }) => `${load} ${taken}`))).toEqual(new Set(["100000 600000"]));
    expect(undisturbed()).toEqual([0, []]);
  });

  test("actors of a node that died start again, however much is to be told of them", async () => {
    const [a, b, c] = [await opened("a"), await opened("b"), await opened("c")];
    await until("they see each other", () => [a, b, c].every((hub) => hub.nodes().length === 2));
    const ids = Array.from({ length: 30 }, (_, i) => `c-${i}`);
    await a.startChildren(ids.map((id) => child(Crate, { id, args: text(100_000) })));
    await lab.converged([a, b, c], 30);
    lab.network.isolate("c");
    await until("all run on the others", () => a.list().every(({ replicas }) => replicas[0]?.node !== "c"));
    expect(await Promise.all(ids.map((id) => a.ref(Crate, id).ask("read")))).toHaveLength(30);
    expect(undisturbed()[0]).toBe(0);
  });
});
