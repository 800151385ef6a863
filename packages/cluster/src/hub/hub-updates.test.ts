import { child } from "@process-hub/actor";
import { until } from "@process-hub/protocol/testing";
import { replication } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Awkward, Counter } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

const told = (hub: Hub, id = "x") => {
  const { tag, metadata } = hub.lookup(id) ?? {};
  return { tag, metadata };
};

describe("an update", () => {
  test("from any node changes what every node knows, and each tells of it once", async () => {
    const hubs = await lab.nodes(["a", "b", "c"]);
    const [a, b, c] = hubs as [Hub, Hub, Hub];
    await a.start(Counter, { id: "x", nodes: ["b"], tag: "t", metadata: { team: 7 } });
    await lab.converged(hubs, 1);
    const seen: unknown[] = [];
    for (const hub of hubs)
      hub.on("childUpdated", ({ id, tag, metadata, before }) => void seen.push([hub.node, id, tag, metadata, before]));
    const at = new Date(5);
    expect(await c.update("x", { metadata: { team: 8, at } })).toMatchObject({ id: "x", tag: "t", metadata: { team: 8, at } });
    expect(told(c)).toEqual({ tag: "t", metadata: { team: 8, at } });
    await until("all know", () => hubs.every((hub) => told(hub).metadata?.team === 8));
    const before = { tag: "t", metadata: { team: 7 } };
    expect(seen.sort()).toEqual(["a", "b", "c"].map((node) => [node, "x", "t", { team: 8, at }, before]));
    await b.update("x", { tag: null });
    expect(told(b)).toEqual({ tag: undefined, metadata: { team: 8, at } });
  });

  test("is kept by moves, crashes, dead threads and dead nodes, and by who stands by", async () => {
    const hubs = await lab.nodes(["a", "b"], { redundancy: replication({ model: "active-passive" }) });
    const [a, b] = hubs as [Hub, Hub];
    const x = await a.start(Counter, { id: "x", metadata: { step: 0 } });
    let step = 0;
    const kept = async (): Promise<void> => {
      await until("it is kept", async () => {
        await x.ask("read").catch(() => {});
        return a.lookup("x") !== undefined && told(a).metadata?.step === step;
      });
    };
    const next = (hub: Hub): Promise<unknown> => hub.update("x", { metadata: { step: ++step } });
    await next(b);
    await a.move("x", { node: "b" });
    await kept();
    await next(a);
    await x.ask("crash").catch(() => {});
    await a.move("x", { node: "a" });
    await kept();
    await next(b);
    const index = a.lookup("x")?.replicas[0]?.thread ?? 0;
    lab.threads.get("a")?.spawned[index]?.kill(new Error("killed by the test"));
    await kept();
    await a.move("x", { node: "b" }).catch(() => {});
    await until("it runs on b", () => a.lookup("x")?.replicas[0]?.node === "b");
    await next(a);
    lab.network.isolate("b");
    await until("it runs on a", () => a.lookup("x")?.replicas[0]?.node === "a");
    await kept();
  });

  test("races moves without a loss, from both ends", async () => {
    const hubs = await lab.nodes(["a", "b"]);
    const [a, b] = hubs as [Hub, Hub];
    await a.start(Counter, { id: "x", metadata: { n: 0 } });
    for (let n = 1; n <= 40; n++) {
      const from = a.lookup("x")?.replicas[0]?.node;
      const moving = a.move("x", { node: from === "a" ? "b" : "a" }).catch(() => {});
      for (let turn = 0; turn < n % 8; turn++) await new Promise((resolve) => setImmediate(resolve));
      const [by, other] = n % 2 === 0 ? [a, b] : [b, a];
      await Promise.all([by.update("x", { metadata: { n } }), other.update("x", { tag: `t${n}` })]);
      await moving;
      await until(`update ${n} is everywhere`, () =>
        hubs.every((hub) => told(hub).metadata?.n === n && told(hub).tag === `t${n}`),
      );
    }
    expect(a.stats().invariants).toEqual({});
  });

  test("waits for a start that is under way", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    const starting = a.start(Awkward, { id: "x", args: { startMs: 50 } });
    await a.update("x", { tag: "early" });
    await starting;
    expect(told(a).tag).toBe("early");
  });

  test("that is wrong, or of nobody, is refused by name", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    await a.start(Counter, { id: "x" });
    await expect(a.update("nobody", { tag: "t" })).rejects.toMatchObject({ code: "ActorNotFound" });
    for (const wrong of [{}, { tag: 7 }, { name: "y" }] as object[])
      await expect(a.update("x", wrong)).rejects.toMatchObject({ code: "HubConfigError" });
    await expect(a.update("x", { metadata: { f: () => {} } })).rejects.toMatchObject({ code: "NotSerializable" });
    await expect(a.update("x", { tag: "t" }, { within: 5 } as object)).rejects.toMatchObject({ code: "HubConfigError" });
  });
});

describe("a list by what is told of actors", () => {
  test("finds by definition, tag, metadata and node, as a scan would", async () => {
    const hubs = await lab.nodes(["a", "b"]);
    const [a, b] = hubs as [Hub, Hub];
    await a.startChildren(
      Array.from({ length: 40 }, (_, i) =>
        child(i % 4 === 0 ? Awkward : Counter, {
          id: `x${i}`,
          tag: `t${i % 2}`,
          metadata: { team: i % 5, place: { floor: i % 3 } },
        }),
      ),
    );
    await lab.converged(hubs, 40);
    const all = b.list();
    const expected = (fits: (entry: (typeof all)[number]) => boolean): string[] =>
      all
        .filter(fits)
        .map(({ id }) => id)
        .sort();
    const found = (query: Parameters<Hub["list"]>[0]): string[] =>
      b
        .list(query)
        .map(({ id }) => id)
        .sort();
    expect(found({ tag: "t1" })).toEqual(expected(({ tag }) => tag === "t1"));
    expect(found({ tag: "t1" })).toEqual(
      b
        .lookupTag("t1")
        .map(({ id }) => id)
        .sort(),
    );
    expect(found({ actor: Awkward })).toEqual(found({ actor: "awkward" }));
    expect(found({ actor: Counter, metadata: { team: 2 }, node: "a" })).toEqual(
      expected(({ actor, metadata, replicas }) => actor === "counter" && metadata?.team === 2 && replicas[0]?.node === "a"),
    );
    expect(found({ metadata: { place: { floor: 1 }, team: 3 } })).toEqual(
      expected(({ metadata }) => metadata?.team === 3 && (metadata.place as { floor: number }).floor === 1),
    );
    expect(found({ node: "b" })).toEqual(
      b
        .list("local")
        .map(({ id }) => id)
        .sort(),
    );
    expect([found({}).length, found({ tag: "none" }), found({ metadata: { other: 1 } })]).toEqual([40, [], []]);
    const given: string[] = [];
    for await (const { id } of b.entries({ tag: "t1" })) given.push(id);
    expect(given.sort()).toEqual(found({ tag: "t1" }));
    await a.stop("x1");
    await a.update("x3", { tag: "new" });
    await a.move("x5", { node: a.lookup("x5")?.replicas[0]?.node === "a" ? "b" : "a" });
    await lab.converged(hubs, 39);
    expect([found({ tag: "new" }), found({ tag: "t1" }).includes("x3"), found({ tag: "t1" }).length]).toEqual([
      ["x3"],
      false,
      18,
    ]);
    expect(found({ node: "b" })).toEqual(
      b
        .list("local")
        .map(({ id }) => id)
        .sort(),
    );
  });

  test("finds replicas by the nodes they stand on", async () => {
    const hubs = await lab.nodes(["a", "b"], { redundancy: replication({}) });
    const [a] = hubs as [Hub];
    await a.start(Counter, { id: "x" });
    await until("its replica stands", () => a.lookup("x")?.replicas.length === 2);
    expect([a.list({ node: "a" }).length, a.list({ node: "b" }).length]).toEqual([1, 1]);
  });

  test("refuses what it does not know", async () => {
    const [a] = (await lab.nodes(["a"])) as [Hub];
    for (const wrong of ["everything", { tags: "t" }, { tag: 7 }, 7])
      expect(() => a.list(wrong as never)).toThrow(expect.objectContaining({ code: "HubConfigError" }));
    expect(() => a.entries({ tags: "t" } as never)).toThrow(expect.objectContaining({ code: "HubConfigError" }));
  });
});
