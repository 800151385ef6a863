import { child } from "@process-hub/actor";
import type { Transport } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { coldSwap, createRing, hotSwap } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counter, Ledger } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const ids = Array.from({ length: 120 }, (_, i) => `c-${i}`);
const counters = ids.map((id) => child(Counter, { id }));
const nodeOf = (hub: Hub, id: string): string | undefined => hub.lookup(id)?.replicas[0]?.node;

/** Asks one actor after the other, round and round, from each hub, until it is stopped; how often each was asked with success. */
function load(hubs: readonly Hub[]): { stop(): Promise<{ asked: Map<string, number>; failed: unknown[] }> } {
  let on = true;
  const asked = new Map<string, number>();
  const failed: unknown[] = [];
  const run = async (hub: Hub, first: number): Promise<void> => {
    // A test that fails does not stop its load: the end of its hub does.
    for (let i = first; on && hub.isAlive(); i++) {
      const id = ids[i % ids.length] as string;
      await hub
        .ref(Counter, id)
        .ask("add", { by: 1 })
        .then(
          () => asked.set(id, (asked.get(id) ?? 0) + 1),
          (error: unknown) => failed.push(error),
        );
    }
  };
  const runs = hubs.flatMap((hub) => [0, 17, 40, 77].map((first) => run(hub, first)));
  return {
    stop: async () => {
      on = false;
      await Promise.all(runs);
      return { asked, failed };
    },
  };
}

test("compare their registries every timings.syncIntervalMs", async () => {
  const quiet = { heartbeatIntervalMs: 20_000, suspectAfterMs: 60_000, downAfterMs: 60_000, syncIntervalMs: 20 };
  const a = await lab.hub("a", { timings: quiet });
  const plain = lab.network.transport();
  let sent = 0;
  const counted: Transport = {
    ...plain,
    send: (to, bytes) => {
      sent++;
      plain.send(to, bytes);
    },
  };
  const b = await lab.hub("b", { transport: counted, timings: quiet });
  await until("they see each other", () => a.nodes().length + b.nodes().length === 2);
  const before = sent;
  await until("an idle node speaks again and again", () => sent > before + 30);
});

test("of a node that has no time to hand over, more actors than one turn takes are told, and run on the other", async () => {
  const [a, b] = (await lab.nodes(["a", "b"], { migration: hotSwap() })) as [Hub, Hub];
  const many = Array.from({ length: 5_000 }, (_, i) => `m-${i}`);
  await a.startChildren(many.map((id) => child(Counter, { id })));
  await lab.converged([a, b], many.length);
  const local = many.filter((id) => nodeOf(a, id) === "a");
  const { ended } = await a.close({ deadlineMs: 300 });
  expect(local.length).toBeGreaterThan(1_500);
  await until("all run on b", () => b.list("local").length === many.length || b.list("local").length);
  const restarted = b.stats().moves.arrived;
  expect(ended.length + restarted).toBe(local.length);
});

describe("members that come and go gracefully", () => {
  test("with hotSwap: under load no ask fails, no message is lost, and what moves is what the ring says", async () => {
    const options = { migration: hotSwap() };
    const [a, b] = (await lab.nodes(["a", "b"], options)) as [Hub, Hub];
    await a.startChildren(counters);
    const before = new Map(ids.map((id) => [id, nodeOf(a, id)]));
    const busy = load([a, b]);
    const c = await lab.hub("c", options);
    const ring = createRing({ nodes: ["a", "b", "c"] });
    await until("all are where the ring wants them", () => ids.every((id) => nodeOf(a, id) === ring.owner(id)));
    for (const id of ids) if (ring.owner(id) !== "c") expect(nodeOf(c, id)).toBe(before.get(id));
    await b.close();
    const { asked, failed } = await busy
      .stop()
      .then((result) => ({ ...result, failed: result.failed.filter((error) => !closed(error)) }));
    expect(failed).toEqual([]);
    await lab.converged([a, c], ids.length);
    const counts = await Promise.all(ids.map((id) => a.ref(Counter, id).ask("read")));
    const missing = ids.filter((id, i) => Number(counts[i]) < (asked.get(id) ?? 0));
    expect(missing).toEqual([]);
  });

  test("leaving in turn, the last node holds all, each with its state", async () => {
    const hubs = await lab.nodes(["a", "b", "c", "d"], { migration: hotSwap() });
    await hubs[0]?.startChildren(counters);
    await Promise.all(ids.map((id) => hubs[1]?.ref(Counter, id).ask("add", { by: 3 })));
    for (const hub of hubs.slice(0, 3)) await hub.close();
    const last = hubs[3] as Hub;
    expect(await Promise.all(ids.map((id) => last.ref(Counter, id).ask("read")))).toEqual(ids.map(() => 3));
    expect([last.nodes(), last.list("local").length, last.stats().registry.orphans]).toEqual([[], ids.length, 0]);
  });

  test("all but one leaving at once: nothing is lost", async () => {
    const hubs = await lab.nodes(["a", "b", "c", "d"], { migration: hotSwap() });
    const last = hubs[3] as Hub;
    await last.startChildren(counters);
    await Promise.all(hubs.slice(0, 3).map((hub) => hub.close()));
    await until("all run on the last", () => last.list("local").length === ids.length);
    expect(await Promise.all(ids.map((id) => last.ref(Counter, id).ask("add", { by: 1 })))).toEqual(ids.map(() => 1));
  });

  test("closing while a redistribution runs stops nothing that has moved", async () => {
    const a = await lab.hub("a", { migration: hotSwap() });
    await a.startChildren(counters);
    const redistributes = new Promise((resolve) => a.on("redistributionStarting", resolve));
    const b = await lab.hub("b", { migration: hotSwap() });
    await redistributes;
    await a.close();
    await until("all run on b", () => b.list("local").length === ids.length);
    expect(await Promise.all(ids.map((id) => b.ref(Counter, id).ask("add", { by: 1 })))).toEqual(ids.map(() => 1));
  });

  test("a drained node stays a member, takes no new actors, and answers for the others", async () => {
    const [a, b] = (await lab.nodes(["a", "b"])) as [Hub, Hub];
    await a.startChildren(counters);
    const here = a.list("local").length;
    const { moved, errors } = await a.drain();
    expect([moved.length, errors, a.list("local")]).toEqual([here, [], []]);
    await a.startChildren([child(Counter, { id: "late-1" }), child(Counter, { id: "late-2" })]);
    expect([a.list("local"), b.nodes(), await a.ref(Counter, "c-1").ask("read")]).toEqual([[], ["a"], 0]);
    await expect(b.move("c-1", { node: "a" })).rejects.toThrow("cannot move to node a: it takes no new actors, since it drains");
    expect(nodeOf(b, "c-1")).toBe("b");
  });

  test("what cannot be handed over starts anew elsewhere when its node has left", async () => {
    const [a, b] = (await lab.nodes(["a", "b"], { timings: { handoffTimeoutMs: 60, stopTimeoutMs: 60 } })) as [Hub, Hub];
    await a.startChildren(counters);
    const here = a.list("local").map(({ id }) => id);
    const stuck = here[0] as string;
    await a.ref(Counter, stuck).ask("add", { by: 5 });
    const asked = b
      .ref(Counter, stuck)
      .ask("never")
      .catch((error: unknown) => error);
    await until("the handler is in hand", () =>
      a
        .ref(Counter, stuck)
        .ask("read", undefined, { timeoutMs: 30 })
        .then(
          () => false,
          () => true,
        ),
    );
    await a.close();
    expect(await asked).toMatchObject({ code: expect.stringMatching(/OutcomeUnknown|NodeDown|HubClosed/) });
    await until("all run on b", () => b.list("local").length === ids.length);
    expect(await b.ref(Counter, stuck).ask("read")).toBe(0);
  });
});

function closed(error: unknown): boolean {
  return (error as { code?: string }).code === "HubClosed";
}

describe("redistribution", () => {
  test("by coldSwap: each is stopped before it starts elsewhere, none is lost", async () => {
    const a = await lab.hub("a", { migration: coldSwap() });
    await a.startChildren(counters);
    await Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 2 })));
    const finished = new Promise((resolve) => a.on("redistributionFinished", resolve));
    const b = await lab.hub("b", { migration: coldSwap() });
    const moved = ids.filter((id) => createRing({ nodes: ["a", "b"] }).owner(id) === "b");
    expect(await finished).toMatchObject({ node: "a", moved: moved.length, failed: 0 });
    await lab.converged([a, b], ids.length);
    const counts = await Promise.all(ids.map((id) => b.ref(Counter, id).ask("read")));
    expect(counts).toEqual(ids.map((id) => (moved.includes(id) ? 0 : 2)));
    for (const id of moved) expect(nodeOf(a, id)).toBe("b");
  });

  test("by coldSwap: a third node's asks wait for the new place, and hear of no end", async () => {
    const [a, c] = (await lab.nodes(["a", "c"])) as [Hub, Hub];
    await a.startChildren(counters);
    const busy = load([c]);
    await lab.hub("b");
    await until("the ring has its way", () =>
      ids.every((id) => nodeOf(c, id) === createRing({ nodes: ["a", "b", "c"] }).owner(id)),
    );
    const codes = (await busy.stop()).failed.map((error) => (error as { code: string }).code);
    expect(codes.filter((code) => code !== "ActorStopped")).toEqual([]);
  });

  test("by coldSwap with handover carries the state", async () => {
    const options = { migration: coldSwap({ handover: true }) };
    const a = await lab.hub("a", options);
    await a.startChildren(counters);
    await Promise.all(ids.map((id) => a.ref(Counter, id).ask("add", { by: 2 })));
    const finished = new Promise((resolve) => a.on("redistributionFinished", resolve));
    const b = await lab.hub("b", options);
    await finished;
    expect(await Promise.all(ids.map((id) => b.ref(Counter, id).ask("read")))).toEqual(ids.map(() => 2));
  });

  test("locks the node while it runs, and serves what is more urgent", async () => {
    const a = await lab.hub("a", { migration: hotSwap() });
    const events: string[] = [];
    a.on("lockChanged", ({ locked }) => events.push(locked ? "locked" : "unlocked"));
    a.on("redistributionStarting", () => events.push(a.isLocked() ? "runs locked" : "runs unlocked"));
    await a.startChildren(counters);
    const finished = new Promise((resolve) => a.on("redistributionFinished", resolve));
    await lab.hub("b", { migration: hotSwap() });
    await finished;
    await until("it is unlocked", () => !a.isLocked());
    expect(events).toEqual(["locked", "runs locked", "unlocked"]);
  });

  test("a pinned actor goes to its node when that comes, and stays", async () => {
    const a = await lab.hub("a", { migration: hotSwap() });
    await a.startChildren(ids.map((id) => child(Counter, { id, nodes: ["a"] })));
    const finished = new Promise((resolve) => a.on("redistributionFinished", resolve));
    await lab.hub("b", { migration: hotSwap() });
    await finished;
    expect(a.list("local").length).toBe(ids.length);
  });
});

describe("order and conservation over nodes", () => {
  test("senders on each node tell one target that moves between all places", async () => {
    const hubs = await lab.nodes(["a", "b", "c"], { migration: hotSwap() });
    const [a, b, c] = hubs as [Hub, Hub, Hub];
    await a.start(Ledger, { id: "target" });
    const senders = Array.from({ length: 6 }, (_, i) => `sender-${i}`);
    await a.startChildren(senders.map((id) => child(Ledger, { id })));
    const rounds = 24;
    for (let round = 0; round < rounds; round++) {
      const to = hubs[round % 3] as Hub;
      const moving = b.move("target", { node: to.node, thread: round % 2 });
      const sender = senders[round % 6] as string;
      const movingToo = c.move(sender, { node: hubs[(round + 1) % 3]?.node as string }).catch(() => {});
      for (const id of senders) c.ref(Ledger, id).tell("relay", { to: "target", first: round * 20 + 1, count: 20 });
      for (let n = 1; n <= 20; n++) a.ref(Ledger, "target").tell("note", { from: "main a", n: round * 20 + n });
      await Promise.all([moving.catch(() => {}), movingToo]);
    }
    const sent = rounds * 20;
    await until(
      "all have arrived",
      async () => ((await a.ref(Ledger, "target").ask("read")) as { count: number }).count === 7 * sent,
    );
    expect(await a.ref(Ledger, "target").ask("read")).toMatchObject({ count: 7 * sent, wrong: [] });
    await until("the counters add up", () => {
      const fates = hubs.map((hub) => hub.stats().messages);
      const sum = (name: keyof (typeof fates)[number]): number => fates.reduce((total, one) => total + one[name], 0);
      const ended = sum("handled") + sum("refused") + sum("expired") + sum("deadLettered");
      return sum("sent") === ended || [sum("sent"), ended];
    });
  });
});
