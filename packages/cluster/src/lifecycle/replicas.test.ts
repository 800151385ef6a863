import { AskTimeout, type Mode, StartFailed, toWireError } from "@process-hub/protocol";
import { clusterView, inlineStrategies, type RedundancyStrategy, replication, singularity } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Stage, spec, thread } from "../fixtures/stage.js";
import type { Relocation } from "../registry/relocations.js";
import { Replicas, type StandbyPlan } from "./replicas.js";
import type { Stopped } from "./stopper.js";

const given = (strategy: RedundancyStrategy) => ({
  standby: strategy.standby,
  acknowledged: strategy.acknowledge === "standby" || strategy.acknowledge === "majority",
  strategy: inlineStrategies.open(strategy),
});

function staged(
  redundancy: RedundancyStrategy = replication({ factor: 2, model: "active-passive" }),
  kinds: Readonly<Record<string, RedundancyStrategy>> = {},
) {
  const stage = new Stage(["b"]);
  const stopped: string[] = [];
  const stops: Stopped[] = [];
  const told: StandbyPlan[] = [];
  const relocated: Relocation[] = [];
  const raised: unknown[] = [];
  const replicas = new Replicas({
    ...stage,
    tellStandbyPlan: (plan) => void told.push(plan),
    ...given(redundancy),
    kinds: new Map(Object.entries(kinds).map(([actor, own]) => [actor, given(own)])),
    badFrame: (error) => {
      throw error;
    },
    log: stage.hooks.log,
    random: { next: () => 0.5 },
    stopper: {
      stop: async (ids) => {
        stopped.push(...ids);
        return stops;
      },
    },
    isDown: (place) => stage.down.has(place),
    raiseEpochAbove: ({ spec: { id } }, epoch) => void raised.push({ id, epoch }),
    relocated: (actors) => void relocated.push(...actors),
  });
  // The registry of a node tells its replicas of each change.
  const changed = (id: string): void => replicas.recordChanged(id);
  const settle = (): Promise<void> => stage.clock.run(stage.timings.batchWindowMs * 3);
  return { ...stage, stage, replicas, stopped, stops, told, relocated, raised, changed, settle };
}

/** An actor runs on b, whose replica belongs here. */
async function kept(mode: Mode = "passive") {
  const all = staged(replication({ factor: 2, model: mode === "passive" ? "active-passive" : "active-active" }));
  all.replicas.viewChanged();
  all.stage.elsewhere("b", "x", 4);
  all.changed("x");
  await all.settle();
  return all;
}

describe("a replica", () => {
  test("stands beside an actor of another node, as the strategy plans it, and is said to", async () => {
    const { group, published, standing } = await kept();
    expect(group.toldTo("stand")).toMatchObject([{ active: thread("b", 0), epoch: 4, mode: "passive" }]);
    expect(published).toMatchObject([{ op: "stand", replicaRecord: { id: "x", epoch: 4, mode: "passive" } }]);
    expect(standing.placeOf("x")).toBeDefined();
  });

  test("stands beside nothing of this node's own, nor where one of each is enough", async () => {
    const { stage, replicas, changed, settle, group } = staged();
    replicas.viewChanged();
    stage.runs("mine", 1);
    changed("mine");
    await settle();
    const single = staged(singularity());
    single.replicas.viewChanged();
    single.stage.elsewhere("b", "x", 1);
    single.changed("x");
    await single.settle();
    expect([group.told, single.group.told]).toEqual([[], []]);
  });

  test.each([
    ["standby", 1],
    ["none", 0],
  ] as const)(
    "with acknowledge %s: so many stand before the window is over, as an actor starts, and as a node is lost: %i",
    async (acknowledge, atOnce) => {
      const { stage, replicas, changed, settle, group, ownership } = staged(replication({ acknowledge }));
      const seen = (...names: string[]) =>
        clusterView(names.map((node) => ({ node, incarnation: `${node}1`, threads: 2, joinedAtMs: 1 })));
      ownership.view = seen("a", "b", "c");
      replicas.viewChanged();
      await settle();
      stage.elsewhere("b", "x", 4);
      changed("x");
      await stage.clock.run(1);
      expect(group.toldTo("stand")).toHaveLength(atOnce);
      // The replica of y is on c, for as long as c is there.
      ownership.owners.set("y", "c");
      stage.elsewhere("b", "y", 1);
      changed("y");
      await settle();
      expect(group.toldTo("stand")).toMatchObject([{ spec: { id: "x" } }]);
      ownership.owners.delete("y");
      ownership.view = seen("a", "b");
      replicas.viewChanged();
      await stage.clock.run(1);
      expect(group.toldTo("stand").filter((order) => JSON.stringify(order).includes('"y"'))).toHaveLength(atOnce);
    },
  );

  test("follows its actor to another place", async () => {
    const { stage, changed, settle, group } = await kept();
    stage.elsewhere("b", "x", 5, { place: thread("b", 1) });
    changed("x");
    await settle();
    expect(group.toldTo("stand").at(-1)).toMatchObject({ active: thread("b", 1) });
  });

  test("follows its actor anew when that came back to where it was, under another epoch", async () => {
    const { stage, changed, settle, group } = await kept();
    changed("x");
    await settle();
    expect(group.toldTo("stand")).toHaveLength(1);
    stage.elsewhere("b", "x", 5);
    changed("x");
    await settle();
    expect(group.toldTo("stand").at(-1)).toMatchObject({ active: thread("b", 0), epoch: 5 });
  });

  test("follows its actor anew when the actor's node is back, also where that says later that it runs it", async () => {
    const { stage, replicas, changed, settle, group } = await kept();
    stage.loses("b");
    replicas.viewChanged();
    await settle();
    stage.elsewhere("b", "x", 4);
    changed("x");
    await settle();
    expect(group.toldTo("stand")).toMatchObject([{ epoch: 4 }, { active: thread("b", 0), epoch: 4 }]);
    changed("x");
    await settle();
    expect(group.toldTo("stand")).toHaveLength(2);
  });

  test("stays while this node is paused, and so in no plan; when the node serves and is still in none, it asks to be let go", async () => {
    const { replicas, ownership, settle, group, gate, standing } = await kept();
    ownership.owners.set("x", "b");
    gate.paused = true;
    replicas.viewChanged();
    await settle();
    expect([group.toldTo("unstand"), standing.any]).toEqual([[], true]);
    gate.paused = false;
    replicas.viewChanged();
    await settle();
    expect([group.toldTo("retire"), standing.any]).toEqual([["x"], true]);
  });

  test("that is in no plan ends when its actor has let it go, and not before", async () => {
    const { replicas, ownership, settle, group, standing } = await kept();
    const place = standing.placeOf("x") ?? "";
    ownership.owners.set("x", "b");
    replicas.viewChanged();
    await settle();
    replicas.retired(["x"], thread("a", 9));
    await settle();
    expect(group.toldTo("unstand")).toEqual([]);
    replicas.retired(["x"], place);
    await settle();
    expect([group.toldTo("unstand"), standing.any]).toEqual([[{ id: "x", epoch: 4 }], false]);
  });

  test("that is planned again before its actor has let it go stays", async () => {
    const { replicas, ownership, settle, group, standing } = await kept();
    const place = standing.placeOf("x") ?? "";
    ownership.owners.set("x", "b");
    replicas.viewChanged();
    await settle();
    ownership.owners.delete("x");
    replicas.viewChanged();
    await settle();
    expect(group.toldTo("stand")).toHaveLength(2);
    replicas.retired(["x"], place);
    await settle();
    expect([group.toldTo("unstand"), standing.any]).toEqual([[], true]);
  });

  test("is what a thread keeps of an actor that went from it, until others have that", async () => {
    const { stage, replicas, changed, settle, standing, published, group } = staged();
    replicas.viewChanged();
    stage.elsewhere("b", "x", 5);
    stage.ownership.owners.set("x", "b");
    replicas.kept([{ id: "x", epoch: 5, place: thread("b", 0) }], thread("a", 1));
    changed("x");
    await settle();
    expect([standing.get("x"), published.at(-1), replicas.areNeeded]).toMatchObject([
      { active: thread("b", 0), stands: true },
      { op: "stand" },
      true,
    ]);
    expect(group.toldTo("retire")).toEqual(["x"]);
  });

  test("is begun where it is what an actor left here, and is planned here", async () => {
    const { stage, replicas, changed, settle, standing, group } = staged();
    replicas.viewChanged();
    await settle();
    stage.elsewhere("b", "x", 5);
    replicas.kept([{ id: "x", epoch: 5, place: thread("b", 0) }], thread("a", 1));
    changed("x");
    await settle();
    expect(group.toldTo("stand")).toMatchObject([{ spec: { id: "x" }, active: thread("b", 0), epoch: 5 }]);
    expect([standing.placeOf("x"), group.toldTo("retire")]).toEqual([thread("a", 1), []]);
  });

  test("the threads hear how many there are to be of each", async () => {
    const { replicas, told } = staged(replication({ factor: 3 }));
    replicas.viewChanged();
    expect(told).toEqual([{ most: 2, nodes: ["b"], unfit: [] }]);
  });

  test("of a node that closes: a question that the strategy has not answered by then is no failure", async () => {
    const { replicas, stage, settle } = staged(replication({ factor: 3 }));
    replicas.viewChanged();
    replicas.close();
    await settle();
    expect(stage.told("log")).toEqual([]);
  });

  test("ends when its actor has ended, or runs here itself", async () => {
    const { stage, changed, settle, group, published, standing } = await kept();
    stage.runs("x", 6);
    changed("x");
    await settle();
    expect([group.toldTo("unstand"), standing.any]).toEqual([[{ id: "x", epoch: 4 }], false]);
    expect(published.at(-1)).toEqual({ op: "unstand", id: "x" });
  });

  test("stays while its actor's node is gone, and nobody has taken it over: that is what it is for", async () => {
    const { stage, changed, settle, group, standing } = await kept();
    stage.loses("b");
    changed("x");
    await settle();
    expect([group.toldTo("unstand"), standing.any]).toEqual([[], true]);
  });

  test("that died with its thread is said to be gone, and ordered again", async () => {
    const { replicas, settle, group, published } = await kept();
    replicas.threadDied(thread("a", 1));
    await settle();
    expect(published.filter(({ op }) => op === "unstand").length).toBe(published.filter(({ op }) => op === "stand").length - 1);
    expect(group.toldTo("stand")).toHaveLength(2);
  });

  test("that was ordered anew stands, though its earlier order fails after that", async () => {
    const { replicas, settle, group, standing } = await kept("active");
    const first = standing.get("x");
    const answers: (() => void)[] = [];
    const failed = [{ index: 0, error: toWireError(new StartFailed("its init took too long", { id: "x" })) }];
    group.answers.stand = () => new Promise((resolve) => answers.push(() => resolve(failed)));
    replicas.viewChanged();
    await settle();
    expect(replicas.replicaEnded("x", first?.place ?? "", first?.epoch ?? 0, "replaced")).toBe(true);
    await settle();
    const second = standing.get("x");
    answers[0]?.();
    await settle();
    expect([second === undefined, standing.get("x") === second]).toEqual([false, true]);
  });

  test("that was ordered behind a slow one, and is wanted no more, does not begin", async () => {
    const { stage, changed, settle, group, registry } = await kept("active");
    let slow = (): void => {};
    group.answers.stand = () => new Promise((resolve) => (slow = () => resolve([])));
    stage.elsewhere("b", "y", 4);
    changed("y");
    await settle();
    stage.elsewhere("b", "x", 9, { place: thread("b", 1) });
    changed("x");
    registry.receive({
      author: "b",
      incarnation: "b1",
      first: registry.number("b") + 1,
      changes: [{ op: "drop", id: "x", epoch: 9, ended: true }],
    });
    changed("x");
    await settle();
    delete group.answers.stand;
    slow();
    await settle();
    expect(group.toldTo("stand").map((order) => (order as { spec: { id: string } }).spec.id)).toEqual(["x", "y"]);
  });

  test("whose init fails is tried again with growing pauses, until it stands; the log says so now and then", async () => {
    const { stage, replicas, changed, settle, group, standing } = staged();
    group.answers.stand = async () => [{ index: 0, error: toWireError(new StartFailed("its init threw", { id: "x" })) }];
    replicas.viewChanged();
    stage.elsewhere("b", "x", 4);
    changed("x");
    await settle();
    const log = stage.told("log");
    expect(log[0]).toMatchObject({
      level: "warn",
      message: expect.stringMatching(
        /^no replica of actor x is kept here \(try 1\); it is tried again in \d+ ms: its init threw$/,
      ),
    });
    await stage.clock.run(60_000);
    expect(standing.any).toBe(false);
    const tries = group.toldTo("stand").length;
    expect(tries).toBeGreaterThan(8);
    expect(tries).toBeLessThan(40);
    expect(stage.told("log").length).toBeLessThan(7);
    delete group.answers.stand;
    await stage.clock.run(10_000);
    expect(standing.any).toBe(true);
  });

  test("that could not begin is forgotten with its actor", async () => {
    const { stage, replicas, changed, settle, group } = staged();
    group.answers.stand = async () => [{ index: 0, error: toWireError(new StartFailed("its init threw", { id: "x" })) }];
    replicas.viewChanged();
    stage.elsewhere("b", "x", 4);
    changed("x");
    await settle();
    stage.runs("x", 6);
    changed("x");
    await settle();
    const before = group.toldTo("stand").length;
    await stage.clock.run(60_000);
    expect(group.toldTo("stand")).toHaveLength(before);
  });
});

describe("an active replica", () => {
  test("serves this node's senders from when it stands", async () => {
    const { standing, relocated } = await kept("active");
    expect([standing.near("x"), relocated]).toMatchObject([{ mode: "active" }, [{ id: "x" }]]);
  });

  test("that stops itself stops its actor; one that crashed too often stands again when members change", async () => {
    const first = await kept("active");
    const { place, epoch } = first.standing.get("x") ?? { place: "", epoch: 0 };
    expect(first.replicas.replicaEnded("x", place, epoch - 1, "stopSelf")).toBe(false);
    expect(first.replicas.replicaEnded("x", place, epoch, "stopSelf")).toBe(true);
    expect(first.stopped).toEqual(["x"]);
    const second = await kept("active");
    const its = second.standing.get("x") ?? { place: "", epoch: 0 };
    expect(second.replicas.replicaEnded("x", its.place, its.epoch, "crashed")).toBe(true);
    expect([second.stopped, second.standing.any]).toEqual([[], false]);
  });

  test("that stops itself as it is ordered to follow its actor does not begin anew", async () => {
    const { stage, replicas, standing, changed, settle, group } = await kept("active");
    const { place, epoch } = standing.get("x") ?? { place: "", epoch: 0 };
    let slow = (): void => {};
    group.answers.stand = () => new Promise((resolve) => (slow = () => resolve([])));
    stage.elsewhere("b", "x", 9, { place: thread("b", 1) });
    changed("x");
    await settle();
    expect(replicas.replicaEnded("x", place, epoch, "stopSelf")).toBe(true);
    slow();
    await settle();
    expect(group.toldTo("unstand").at(-1)).toEqual({ id: "x", epoch });
  });

  test("that stops itself stands again when its actor goes on, since its node did not answer", async () => {
    const { replicas, standing, stops, settle, group } = await kept("active");
    const { place, epoch } = standing.get("x") ?? { place: "", epoch: 0 };
    stops.push({ id: "x", node: "b", error: toWireError(new AskTimeout("b did not answer", {})) });
    replicas.replicaEnded("x", place, epoch, "stopSelf");
    await settle();
    expect([group.toldTo("stand").length, standing.get("x")?.mode]).toEqual([2, "active"]);
  });

  test("leaves its epoch behind: the actor itself, come here, goes on above it", async () => {
    const { stage, standing, changed, raised } = await kept("active");
    const served = standing.get("x")?.epoch ?? 0;
    stage.runs("x", 5);
    changed("x");
    expect(raised).toEqual([{ id: "x", epoch: served }]);
  });
});

test("a kind with a strategy of its own has replicas as that plans them, the others as the hub's does", async () => {
  const { stage, replicas, changed, settle, standing, told } = staged(singularity(), { safe: replication() });
  replicas.viewChanged();
  expect(told.at(-1)).toMatchObject({ most: 0, kinds: [{ actor: "safe", most: 1 }] });
  stage.elsewhere("b", "x", 4, { spec: spec("x", { actor: "safe" }) });
  stage.elsewhere("b", "y", 4);
  changed("x");
  changed("y");
  await settle();
  expect([...standing.ids()]).toEqual(["x"]);
});
