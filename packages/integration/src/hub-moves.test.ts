import { until } from "@process-hub/protocol/testing";
import { child, type Hub } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { balanced, Hubs } from "./fixtures/hubs.js";
import { Ledger } from "./fixtures/ledger.actor.js";
import { Player } from "./fixtures/player.actor.js";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

interface Notes {
  readonly count: number;
  readonly wrong: readonly string[];
}

const notes = (hub: Hub, id: string): Promise<Notes> => hub.ref(Ledger, id).ask("read") as Promise<Notes>;

/** A target and one sender on each thread of both nodes. */
async function cast(a: Hub, b: Hub): Promise<string[]> {
  await a.start(Ledger, { id: "target" });
  const senders = [a, b].flatMap((hub) => [0, 1].map((thread) => ({ id: `from-${hub.node}-${thread}`, node: hub.node, thread })));
  await a.startChildren(senders.map(({ id }) => child(Ledger, { id })));
  for (const { id, node, thread } of senders) await a.move(id, { node, thread });
  return senders.map(({ id }) => id);
}

/** Each sender, and both main threads, tell the target the notes `first` to `first + count - 1`. */
function round(a: Hub, b: Hub, senders: readonly string[], first: number, count: number): void {
  for (const id of senders) a.ref(Ledger, id).tell("relay", { to: "target", first, count });
  for (const hub of [a, b])
    for (let n = first; n < first + count; n++) hub.ref(Ledger, "target").tell("note", { from: `main ${hub.node}`, n });
}

describe("a move under load", () => {
  const directions = [
    ["thread to thread", ["a/0", "a/1"]],
    ["node to node", ["a/0", "b/0"]],
    ["round all places", ["a/0", "b/1", "a/1", "b/0"]],
  ] as const;
  test.each(directions)("%s keeps every message and the order of each sender", async (_how, places) => {
    const [moves, count] = [16, 200];
    // Six senders that wait for nothing: by default a mailbox holds half of what they send, and moves leave little time to empty it.
    const [a, b] = await hubs.pair({ limits: { mailbox: moves * count * 6 } });
    const senders = await cast(a, b);
    let moved = 0;
    for (let move = 0; move < moves; move++) {
      const [node, thread] = (places[move % places.length] as string).split("/") as [string, string];
      const at = a.lookup("target")?.replicas[0];
      const moving =
        at?.node === node && at.thread === Number(thread) ? undefined : b.move("target", { node, thread: Number(thread) });
      round(a, b, senders, move * count + 1, count);
      await moving;
      if (moving !== undefined) moved++;
      expect(b.lookup("target")?.replicas).toMatchObject([{ node, thread: Number(thread) }]);
    }
    const total = moves * count * (senders.length + 2);
    await until("all have arrived", async () => (await notes(a, "target")).count === total || (await notes(a, "target")));
    expect(await notes(b, "target")).toMatchObject({ count: total, wrong: [] });
    await until("the counters add up", () => balanced([a, b]));
    expect(moved).toBeGreaterThanOrEqual(moves - 1);
    const { deadLettered, expired } = a.stats().messages;
    expect([deadLettered, expired, b.stats().messages.deadLettered]).toEqual([0, 0, 0]);
  });

  test("of the target ten times and of its senders too, while they keep telling", async () => {
    const [a, b] = await hubs.pair();
    const senders = await cast(a, b);
    const count = 150;
    const places = ["a/0", "b/1", "a/1", "b/0"].map((place) => place.split("/") as [string, string]);
    const go = (id: string, i: number): Promise<void> => {
      const [node, thread] = places[i % 4] as [string, string];
      return a
        .move(id, { node, thread: Number(thread) })
        .catch((error: unknown) => expect(error).toMatchObject({ code: "HandoffFailed" }));
    };
    for (let move = 0; move < 10; move++) {
      const moving = [go("target", move), ...senders.map((id, i) => go(id, move + i))];
      round(a, b, senders, move * count + 1, count);
      await Promise.all(moving);
    }
    const total = 10 * count * (senders.length + 2);
    await until("all have arrived", async () => (await notes(a, "target")).count === total || (await notes(a, "target")));
    expect(await notes(b, "target")).toMatchObject({ wrong: [] });
    await until("the counters add up", () => balanced([a, b]));
  });

  test("answers each ask once, made from anywhere, and never says that there is no such actor", async () => {
    const [a, b] = await hubs.pair();
    await a.start(Player, { id: "p" });
    let on = true;
    const asking = [a, b].map(async (hub) => {
      let asked = 0;
      for (; on; asked++) await hub.ref(Player, "p").ask("add", { by: 1 });
      return asked;
    });
    for (let i = 0; i < 20; i++) await b.move("p", { node: i % 2 === 0 ? "b" : "a", thread: i % 2 }).catch(() => {});
    on = false;
    const asked = await Promise.all(asking);
    expect(await a.ref(Player, "p").ask("read")).toBe(asked.reduce((sum, one) => sum + one, 0));
  });

  test("of ten thousand actors between two nodes loses none", async () => {
    const [a, b] = await hubs.pair();
    const many = Array.from({ length: 10_000 }, (_, i) => child(Player, { id: `p-${i}`, args: { from: i } }));
    expect((await a.startChildren(many)).status).toBe("ok");
    const here = a.list("local").map(({ id }) => id);
    const { moved, errors } = await a.moveAll(here, { node: "b" });
    expect([moved.length, errors]).toEqual([here.length, []]);
    await until("both know that", () => a.list("local").length === 0 && b.list("local").length === 10_000);
    expect(a.list().length).toBe(10_000);
    expect(await b.ref(Player, "p-777").ask("read")).toBe(777);
    expect((await b.stopChildren(many.map(({ options }) => options.id))).status).toBe("ok");
    await until("both know that", () => a.list().length + b.list().length === 0);
  });
});

describe("a move that cannot be", () => {
  test("says why, and the actor goes on where it was", async () => {
    const [a, b] = await hubs.pair({ timings: { handoffTimeoutMs: 2_000 } });
    await a.start(Player, { id: "p", args: { from: 3 } });
    const place = await a.ref(Player, "p").ask("where");
    await expect(a.move("nobody", { node: "b" })).rejects.toMatchObject({ code: "ActorNotFound", fields: { id: "nobody" } });
    await expect(a.move("p", { node: "nowhere" })).rejects.toMatchObject({ code: "NodeDown", fields: { node: "nowhere" } });
    await expect(b.move("p", { node: "b", thread: 7 })).rejects.toMatchObject({
      code: "HandoffFailed",
      message: expect.stringMatching(/threads 0 to 1/),
    });
    const away = place.startsWith("a") ? "b" : "a";
    await a.ref(Player, "p").ask("spoil", "function");
    await expect(a.move("p", { node: away })).rejects.toMatchObject({
      code: "HandoffFailed",
      cause: { code: "NotSerializable", message: expect.stringMatching(/state\.call/) },
    });
    await a.ref(Player, "p").ask("mend");
    await a.ref(Player, "p").ask("spoil", "schema");
    await expect(b.move("p", { node: away })).rejects.toMatchObject({
      code: "HandoffFailed",
      cause: { code: "InvalidState", message: expect.stringMatching(/count/) },
    });
    await a.ref(Player, "p").ask("mend");
    const asked = a
      .ref(Player, "p")
      .ask("never", undefined, { timeoutMs: 900 })
      .catch((error: unknown) => error);
    await expect(b.move("p", { node: away })).rejects.toMatchObject({ code: "HandoffFailed", fields: { step: "seal" } });
    expect(await asked).toMatchObject({ code: "AskTimeout" });
    expect(a.lookup("p")?.replicas).toMatchObject([{ node: place.split("/")[0] }]);
    expect(await a.stop("p", { timeoutMs: 200 })).toMatchObject({ status: "ok" });
  });

  test("to a definition the target does not have is refused there, and a drain says so", async () => {
    const a = await hubs.make("a");
    const b = await hubs.make("b", { actors: [Ledger] });
    await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
    await a.start(Player, { id: "p", nodes: ["a"] });
    await expect(a.move("p", { node: "b" })).rejects.toMatchObject({
      code: "HandoffFailed",
      message: expect.stringMatching(/node b: it does not have the kind player; it has: ledger/),
    });
    expect(await b.ref(Player, "p").ask("add", { by: 2 })).toBe(2);
  });
});

test("timers move with their actor, and fire once, each in its time", async () => {
  const [a] = await hubs.pair();
  const player = await a.start(Player, { id: "p" });
  for (const [key, ms] of [
    ["second", 4_000],
    ["first", 2_000],
    ["dropped", 3_000],
    ["first", 400],
  ] as const) {
    await player.ask("remind", { key, ms });
  }
  for (const to of [
    { node: "b", thread: 0 },
    { node: "a", thread: 1 },
    { node: "b", thread: 1 },
  ])
    await a.move("p", to);
  expect([await player.ask("forget", "dropped"), await player.ask("forget", "dropped")]).toEqual([true, false]);
  await until("both have fired", async () => (await player.ask("fired")).length >= 2);
  await a.move("p", { node: "a", thread: 0 });
  expect(await player.ask("fired")).toEqual(["first", "second"]);
});
