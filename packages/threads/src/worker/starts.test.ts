import { AlreadyStarted, type ReplicaOrigin, StartFailed, type StartOrder } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { cellStage, order } from "./fixtures/cell-stage.js";
import type { KeptOrigin } from "./passive-replicas.js";
import { Starts, startError } from "./starts.js";

/** Starts whose replicas are as the test has them; `seen` has what happened, in order. */
function scene() {
  const box = cellStage();
  const seen: string[] = [];
  const replicas: { origin?: KeptOrigin; promotes: boolean; ending?: Promise<void> | undefined } = { promotes: false };
  const starts = new Starts(box.context, {
    births: {
      begin: (birth, origin) => {
        seen.push(`begin from ${origin === undefined ? "init" : "replica"}`);
        return box.births.begin(birth, origin);
      },
    },
    target: { superseded: (id, epoch) => void seen.push(`superseded ${id}.${epoch}`) },
    activeReplicas: { promote: () => replicas.promotes, end: () => replicas.ending },
    passiveReplicas: { origin: () => replicas.origin, end: (id) => void seen.push(`replica of ${id} ends`) },
  });
  const start = async (one: StartOrder = order()): Promise<ReplicaOrigin | undefined> => starts.start(one);
  return { ...box, seen, replicas, starts, start };
}

describe("who may begin under an id", () => {
  test("one whose id is free; an arrival under an earlier epoch is discarded first", async () => {
    const { context, seen, start } = scene();
    await start(order("a", 3));
    expect(seen).toEqual(["superseded a.3", "begin from init", "replica of a ends"]);
    expect(context.cells.get("a")).toMatchObject({ phase: "running", epoch: 3 });
  });

  test("nobody beside an actor that runs here", async () => {
    const { start, running, seen } = scene();
    const cell = await running();
    await expect(start(order("a", 2))).rejects.toMatchObject({ code: "AlreadyStarted", fields: { id: "a" } });
    expect([cell.phase, cell.epoch, seen]).toEqual(["running", 1, ["superseded a.2"]]);
  });

  test("its active replica, where that can become the actor: nothing begins anew", async () => {
    const { start, replicas, seen } = scene();
    replicas.promotes = true;
    expect(await start()).toEqual({});
    expect(seen).toEqual(["superseded a.1"]);
  });

  test("the actor itself, when its active replica, which cannot, has ended", async () => {
    const { stage, start, replicas, seen } = scene();
    let ended = (): void => {};
    replicas.ending = new Promise((resolve) => (ended = resolve));
    const started = start();
    await stage.elapse(0);
    expect(seen).toEqual(["superseded a.1"]);
    replicas.ending = undefined;
    ended();
    await started;
    expect(seen.slice(-2)).toEqual(["begin from init", "replica of a ends"]);
  });

  test("the next life, when the one that is about to end here has ended", async () => {
    const { stage, context, start, running, life } = scene();
    life.trouble = "stopping hangs";
    const first = await running();
    void first.stop("conflict", 1_000).catch(() => {});
    const started = start(order("a", 2));
    await stage.elapse(100);
    expect(context.cells.get("a")).toBe(first);
    life.open();
    await started;
    expect(context.cells.get("a")).toMatchObject({ phase: "running", epoch: 2 });
  });

  test("not the next life, when the one before does not end within the time of an init", async () => {
    const { stage, context, start, running, life } = scene();
    life.trouble = "stopping hangs";
    const first = await running();
    void first.stop("conflict", 10_000).catch(() => {});
    const refused = expect(start(order("a", 2))).rejects.toThrow("another life of actor a does not end within 300 ms");
    await stage.elapse(300);
    await refused;
    expect(context.cells.get("a")).toBe(first);
  });
});

describe("an actor whose replica stood here", () => {
  test("goes on from its state", async () => {
    const { context, start, replicas } = scene();
    replicas.origin = { state: { sum: 9 }, timers: [], replica: { handled: 4 } };
    expect(await start()).toEqual({ handled: 4 });
    expect(context.cells.get("a")?.state).toEqual({ sum: 9 });
  });

  test("is a life that was resumed; one that begins with init is not", async () => {
    const { context, start, replicas } = scene();
    replicas.origin = { state: { sum: 9 }, timers: [], replica: { handled: 4 } };
    await start();
    await start(order("b"));
    replicas.origin = { state: { sum: "much" }, timers: [], replica: { handled: 4 } };
    await start(order("c"));
    expect(["a", "b", "c"].map((id) => context.cells.get(id)?.life.resumed)).toEqual([1, 1, undefined]);
  });

  test("begins with init when that state does not do, which is logged", async () => {
    const { stage, context, start, replicas, seen } = scene();
    replicas.origin = { state: { sum: "much" }, timers: [], replica: { handled: 4 } };
    expect(await start()).toBeUndefined();
    expect(seen.slice(1)).toEqual(["begin from replica", "begin from init", "replica of a ends"]);
    expect(context.cells.get("a")?.state).toEqual({ sum: 0 });
    expect(stage.logged).toEqual(["error a: actor a cannot go on from the state of its replica, and begins anew"]);
  });

  test("keeps its replica until it has begun: a start that fails can be tried again", async () => {
    const { start, replicas, life, seen } = scene();
    replicas.origin = { state: { sum: "much" }, timers: [] };
    life.trouble = "init throws";
    await expect(start()).rejects.toThrow("init throws");
    expect(seen.slice(1)).toEqual(["begin from replica", "begin from init"]);
  });

  test("begins with init when it is not restored in time", async () => {
    const { stage, context, start, replicas, life } = scene();
    life.trouble = "restore hangs";
    replicas.origin = { wire: new Uint8Array([0xa0]), timers: [], replica: { handled: 4 } };
    const started = start();
    await stage.elapse(300);
    expect(await started).toBeUndefined();
    expect(context.cells.get("a")?.state).toEqual({ sum: 0 });
  });
});

describe("why a start failed", () => {
  test.each([new StartFailed("no", {}), new AlreadyStarted("no", {})])("%s is passed on as it is", (error) => {
    expect(startError("a", error)).toBe(error);
  });

  test("an error of the actor's own code is passed on with its id", () => {
    expect(startError("a", new RangeError("too much")).message).toBe("actor a could not be started: too much");
  });
});
