import { child, defineActor } from "@process-hub/actor";
import { expect, test } from "vitest";
import { z } from "zod";
import { type Simulation, simulate } from "./index.js";

const Worker = defineActor({ name: "worker", module: import.meta.url, state: z.object({}), init: () => ({}) })
  .on("ping", {}, (_state, _input, ctx) => ctx.node)
  .on("watchParent", { input: z.string() }, (_state, id, ctx) => {
    ctx.watch(ctx.ref(Boss, id), "gone");
    ctx.unwatch(ctx.ref(Boss, id));
  })
  .on("gone", { input: z.unknown() }, () => {});

/** Starts workers, linked or not, and ends when told. */
const Boss = defineActor({ name: "boss", module: import.meta.url, state: z.object({}), init: () => ({}), onError: "restart" })
  .on("hire", { input: z.object({ ids: z.array(z.string()), linked: z.boolean() }) }, async (_, { ids, linked }, ctx) => {
    const { status, started, errors } = await ctx.startAll(ids.map((id) => child(Worker, { id, linked })));
    return {
      status,
      started: started.map(({ id }) => id),
      errors: errors.map(({ id, error }) => [id, (error as { code?: string }).code]),
    };
  })
  .on("hireOne", { input: z.string() }, async (_, id, ctx) => (await ctx.start(Worker, { id, linked: true })).id)
  .on("crash", {}, () => {
    throw new Error("crash");
  })
  .on("end", {}, (_state, _input, ctx) => ctx.stopSelf());

const options = { nodes: 3, actors: [Boss, Worker] };
const ids = Array.from({ length: 12 }, (_, n) => `w-${n}`);
const there = (sim: Simulation): string[] =>
  sim
    .hub(0)
    .list({ actor: "worker" })
    .map(({ id }) => id)
    .sort();

test("many start in one go, each with its outcome", () =>
  simulate({ ...options, seed: 1 }, async (sim) => {
    const boss = await sim.hub(0).start(Boss, { id: "boss" });
    await sim.hub(1).start(Worker, { id: "w-3" });
    expect(await boss.ask("hire", { ids, linked: false })).toEqual({
      status: "error",
      started: ids.filter((id) => id !== "w-3"),
      errors: [["w-3", "AlreadyStarted"]],
    });
    expect(await boss.ask("hire", { ids: [], linked: false })).toEqual({ status: "ok", started: [], errors: [] });
    await expect(boss.ask("hire", { ids: ["x", "x"], linked: false })).rejects.toThrow('"x" twice');
    await sim.run(100);
    await boss.ask("end");
    await sim.run(2_000);
    expect(there(sim)).toHaveLength(12);
    await sim.check();
  }));

test("linked ones end with the actor that started them, over moves, and not with a life of it that crashes", () =>
  simulate({ ...options, seed: 2 }, async (sim) => {
    const boss = await sim.hub(0).start(Boss, { id: "boss" });
    expect((await boss.ask("hire", { ids, linked: true })).status).toBe("ok");
    expect(await boss.ask("hireOne", "one")).toBe("one");
    await expect(boss.ask("crash")).rejects.toThrow("crash");
    const host = await sim.hub(0).ref(Worker, "one").ask("ping");
    await sim.hub(0).move("one", { node: host === "node-1" ? "node-2" : "node-1" });
    await sim.hub(0).ref(Worker, "w-0").ask("watchParent", "boss");
    await sim.run(2_000);
    expect(there(sim)).toHaveLength(13);
    await boss.ask("end");
    await sim.until("all have ended", () => there(sim).length === 0);
    await sim.check();
  }));

test("linked ones end when their parent dies with its node and does not come back, and only then", () =>
  simulate({ ...options, seed: 3 }, async (sim) => {
    const boss = await sim.hub(0).start(Boss, { id: "boss", nodes: ["node-2"], restart: "temporary" });
    await boss.ask("hire", { ids: ids.slice(0, 4), linked: true });
    const lasting = await sim.hub(0).start(Boss, { id: "lasting", nodes: ["node-1"] });
    await lasting.ask("hire", { ids: ids.slice(4, 8), linked: true });
    const left = ids.slice(0, 8).filter((id) => sim.hub(0).lookup(id)?.replicas[0]?.node !== "node-2");
    sim.crash(2);
    await sim.until("those of the temporary one have ended", () => there(sim).every((id) => !ids.slice(0, 4).includes(id)));
    await sim.run(5_000);
    expect(there(sim)).toEqual(ids.slice(4, 8));
    expect(left.length).toBeGreaterThan(0);
    await sim.check();
  }));

test("a program has no actor to link to", () =>
  simulate({ ...options, seed: 4 }, async (sim) => {
    await expect(sim.hub(0).start(Worker, { id: "w", linked: true })).rejects.toThrow(
      /linked: takes none outside of an actor.*given: true/s,
    );
    await expect(sim.hub(0).start(Worker, { id: "w", linked: "yes" as never })).rejects.toThrow(
      /linked: takes true or false; given: "yes"/s,
    );
  }));
