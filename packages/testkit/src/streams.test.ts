import { replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { Source } from "./fixtures/source.actor.js";
import { type Simulation, simulate } from "./index.js";

const options = { nodes: 3, actors: [Source] };
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const host = (sim: Simulation): number => Number(sim.hub(0).lookup("s")?.replicas[0]?.node.at(-1));
const refAt = (sim: Simulation, at: number) => sim.hub(at).ref(Source, "s");

const readAll = async (items: AsyncIterable<number>): Promise<number[]> => {
  const got: number[] = [];
  for await (const item of items) got.push(item);
  return got;
};

test.each([1, 2, 3])(
  "a stream comes whole and in order, over a network that drops and reorders; the actor is free meanwhile (seed %i)",
  (seed) =>
    simulate({ ...options, seed, faults: { drop: 0.1, duplicate: 0.1, reorder: 0.2, delayMs: [0, 5] } }, async (sim) => {
      await sim.hub(0).start(Source, { id: "s" });
      const all = [0, 1, 2].map((at) => readAll(refAt(sim, at).stream("count", { to: 300 })));
      await sim.run(5);
      expect((await refAt(sim, 1).ask("ends")).ends.length).toBeLessThan(3);
      for (const got of await Promise.all(all)) expect(got).toEqual(numbers(0, 300));
      expect(await refAt(sim, 0).ask("ends")).toEqual({ ends: ["whole", "whole", "whole"], made: 900 });
      await sim.check();
    }),
);

test("a slow reader slows its generator; break runs its finally, on any node", () =>
  simulate({ ...options, seed: 4 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s" });
    for (const at of [0, 1, 2]) {
      const stream = refAt(sim, at).stream("count", { to: 10_000 });
      expect(await stream.next()).toEqual({ done: false, value: 0 });
      const before = (await refAt(sim, at).ask("ends")).made;
      await sim.run(1_000);
      expect((await refAt(sim, at).ask("ends")).made).toBe(before);
      expect(sim.hub(host(sim)).stats().streams).toBe(1);
      await stream.return();
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      await sim.run(20);
    }
    const { ends, made } = await refAt(sim, 0).ask("ends");
    expect(ends).toEqual(["Aborted", "Aborted", "Aborted"]);
    expect(made).toBeLessThan(110);
    expect([0, 1, 2].map((at) => sim.hub(at).stats().streams)).toEqual([0, 0, 0]);
    await sim.check();
  }));

test("an abort rejects with its reason; between actors, break does as well", () =>
  simulate({ ...options, seed: 5 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0"] });
    await sim.hub(0).start(Source, { id: "other", nodes: ["node-1"] });
    const controller = new AbortController();
    const stream = refAt(sim, 2).stream("count", { to: 10_000 }, { signal: controller.signal });
    await stream.next();
    controller.abort(new RangeError("enough"));
    await expect(readAll(stream)).rejects.toThrow("enough");
    expect(await sim.hub(2).ref(Source, "other").ask("relay", { from: "s", take: 40 })).toEqual(numbers(0, 40));
    await sim.run(20);
    expect((await refAt(sim, 0).ask("ends")).ends).toEqual(["Aborted", "Aborted"]);
    await sim.check();
  }));

test.each([1, 2, 3])("a move cuts it by name, with how many came: its reader goes on from there (seed %i)", (seed) =>
  simulate({ ...options, seed, faults: { delayMs: [0, 4] } }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s" });
    const got: number[] = [];
    const cuts: unknown[] = [];
    const read = async (): Promise<void> => {
      while (got.length < 400) {
        try {
          for await (const item of refAt(sim, 1).stream("count", { from: got.length, to: 400 })) {
            got.push(item);
            if (got.length % 50 === 0) await sim.hub(0).move("s", { node: `node-${(host(sim) + 1) % 3}` });
          }
        } catch (error) {
          cuts.push(error);
        }
      }
    };
    await read();
    expect(got).toEqual(numbers(0, 400));
    expect(cuts.length).toBeGreaterThan(3);
    for (const cut of cuts)
      expect(cut).toMatchObject({ code: "StreamCut", fields: { id: "s", message: "count", items: expect.any(Number) } });
    await sim.check();
  }),
);

test("a reader's node that dies ends the generator; the actor's that dies cuts the stream", () =>
  simulate({ ...options, seed: 8, hub: { redundancy: replication({ factor: 2, model: "active-passive" }) } }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0", "node-1"] });
    const reader = refAt(sim, 2).stream("count", { to: 10_000 });
    await reader.next();
    const at = host(sim);
    expect(sim.hub(at).stats().streams).toBe(1);
    sim.crash(2);
    await sim.until("the generator has ended", () => sim.hub(at).stats().streams === 0);
    const other = refAt(sim, 1 - at).stream("count", { to: 10_000 });
    for (let n = 0; n < 20; n++) await other.next();
    sim.crash(at);
    const cut = await readAll(other).catch((error) => error);
    expect(cut).toMatchObject({ code: "StreamCut", fields: { items: 32, why: "NodeDown" } });
  }));

test("one that is read by a handler ends with the time of that handler's ask", () =>
  simulate({ ...options, seed: 10 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0"] });
    await sim.hub(0).start(Source, { id: "other", nodes: ["node-1"] });
    const held = sim.hub(2).ref(Source, "other").ask("hold", "s", { timeoutMs: 300 });
    await expect(held).rejects.toMatchObject({ code: "AskTimeout" });
    await sim.run(100);
    expect((await refAt(sim, 0).ask("ends")).ends).toEqual(["Expired"]);
    expect(sim.hub(0).stats().streams).toBe(0);
    await sim.check();
  }));

test("one whose reader's node has died before it could begin is ended as it begins", () =>
  simulate({ ...options, seed: 11 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0"] });
    const busy = new AbortController();
    const slow = refAt(sim, 0)
      .ask("wait", undefined, { signal: busy.signal })
      .catch(() => {});
    await sim.run(10);
    void refAt(sim, 2)
      .stream("count", { to: 1_000 })
      .next()
      .catch(() => {});
    await sim.run(10);
    sim.crash(2);
    await sim.until("its node is down", () => sim.hub(0).nodes().length === 1);
    busy.abort();
    await slow;
    await sim.run(50);
    expect(sim.hub(0).stats().streams).toBe(0);
  }));

test("its end waits for the standbys of its actor no more when there can be none", () =>
  simulate({ ...options, nodes: 2, seed: 13, hub: { redundancy: replication({ acknowledge: "standby" }) } }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s" });
    await sim.run(3_000);
    const at = host(sim);
    const stream = refAt(sim, at).stream("count", { to: 100 });
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    const busy = new AbortController();
    const slow = refAt(sim, at)
      .ask("wait", undefined, { signal: busy.signal, timeoutMs: 60_000 })
      .catch(() => {});
    await sim.run(10);
    const rest = readAll(stream);
    await sim.run(100);
    sim.crash(1 - at);
    await sim.until("its node is given up", () => sim.hub(at).nodes().length === 0);
    await sim.run(1_000);
    busy.abort();
    await slow;
    expect(await rest).toEqual(numbers(1, 100));
  }));

test("one whose reader has given its actor's node up, and is there, ends as it begins", () =>
  simulate({ ...options, seed: 12 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s", nodes: ["node-0"] });
    const busy = new AbortController();
    const slow = refAt(sim, 0)
      .ask("wait", undefined, { signal: busy.signal, timeoutMs: 60_000 })
      .catch(() => {});
    await sim.run(10);
    const lost = refAt(sim, 2).stream("count", { to: 1_000 }, { timeoutMs: 60_000 }).next();
    const why = lost.catch(({ code }) => code);
    await sim.run(10);
    sim.cut([[0], [1, 2]], { oneWay: true });
    await sim.until("its node is given up", () => !sim.hub(2).nodes().includes("node-0"));
    expect(await why).toBe("NodeDown");
    sim.heal();
    await sim.until("all are members again", () => [0, 1, 2].every((at) => sim.hub(at).nodes().length === 2));
    busy.abort();
    await slow;
    await sim.run(100);
    expect(sim.hub(0).stats().streams).toBe(0);
    await sim.check();
  }));

test("one that cannot begin says why: no such actor, no such stream, an ask of a stream, no time", () =>
  simulate({ ...options, seed: 9 }, async (sim) => {
    await sim.hub(0).start(Source, { id: "s" });
    const any = refAt(sim, 1) as unknown as {
      stream(name: string): AsyncIterable<number>;
      ask(name: string, input: unknown): Promise<unknown>;
    };
    await expect(readAll(sim.hub(0).ref(Source, "nobody").stream("count", { to: 1 }))).rejects.toMatchObject({
      code: "ActorNotFound",
    });
    await expect(readAll(any.stream("ends"))).rejects.toThrow("ends of actor source is no stream: ask it");
    await expect(any.ask("count", { to: 1 })).rejects.toThrow("count of actor source is a stream");
    await expect(readAll(refAt(sim, 1).stream("count", { to: "x" as never }))).rejects.toMatchObject({ code: "InvalidMessage" });
    sim.freeze(host(sim));
    const from = (host(sim) + 1) % 3;
    await expect(readAll(refAt(sim, from).stream("count", { to: 1 }, { timeoutMs: 50 }))).rejects.toMatchObject({
      code: "AskTimeout",
    });
  }));
