import type { Epoch, RegistryRecord, WireError } from "@process-hub/protocol";
import { clusterView } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Stage, spec, thread } from "../fixtures/stage.js";
import { PausedActors } from "./paused-actors.js";

function staged() {
  const stage = new Stage(["b"]);
  const renumbered: { readonly id: string; readonly epoch: Epoch }[] = [];
  const adopted: string[] = [];
  const lost: string[] = [];
  const settled: string[] = [];
  const hosted = { yes: true };
  const gaveWay: { readonly id: string; readonly to: string }[] = [];
  let errors: { readonly id: string; readonly error: WireError }[] = [];
  const actors = new PausedActors({
    ...stage,
    stopTimeoutMs: 500,
    settledMoves: { settle: (ids) => void settled.push(...ids) },
    recovery: {
      adopt: async (records) => {
        adopted.push(...records.map((record) => record.spec.id));
        return errors;
      },
      threadLost: (place) => void lost.push(place),
    },
    duplicates: {
      confirmed: async () => hosted.yes,
      giveWay: async (own: RegistryRecord, to) => void gaveWay.push({ id: own.spec.id, to }),
    },
    renumber: (records, epoch) => void renumbered.push(...records.map(({ spec: { id } }) => ({ id, epoch }))),
  });
  const answer = (given: typeof errors): void => {
    errors = given;
  };
  return { ...stage, stage, actors, renumbered, adopted, lost, settled, gaveWay, hosted, answer };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a pause", () => {
  test("says of all that runs here that it is down, and keeps it in its thread", () => {
    const { stage, actors, registry, group } = staged();
    stage.runs("x", 1);
    actors.quiesce(false);
    expect([registry.own("x")?.state, group.told, actors.ready]).toEqual(["down", [], true]);
  });

  test("that is a long one ends them, and the node may not serve before they have", async () => {
    const { stage, actors, group } = staged();
    stage.runs("x", 1);
    let ended = (): void => {};
    group.answers.stop = () =>
      new Promise((resolve) => {
        ended = () => resolve([]);
      });
    actors.quiesce(true);
    expect([group.toldTo("stop"), actors.ready]).toEqual([["x"], false]);
    expect(group.told).toMatchObject([{ verb: "stop", given: [["x"], 500, false, { code: "Partitioned" }] }]);
    ended();
    await turn();
    expect(actors.ready).toBe(true);
  });

  test("has one give way that others run meanwhile", async () => {
    const { stage, actors, gaveWay } = staged();
    stage.runs("x", 1);
    stage.elsewhere("b", "x", 2);
    actors.quiesce(false);
    await turn();
    expect(gaveWay).toEqual([{ id: "x", to: "b" }]);
  });

  test("has one give way to the node that runs it, and not to one that could not start it", async () => {
    const { stage, actors, gaveWay } = staged();
    stage.runs("x", 1);
    stage.elsewhere("b", "x", 2, { state: "down" });
    stage.elsewhere("c", "x", 3);
    actors.quiesce(false);
    await turn();
    expect(gaveWay).toEqual([{ id: "x", to: "c" }]);
  });

  test("has none give way to a life whose node does not say that it has it, and the node may not serve while it is asked", async () => {
    const { stage, actors, gaveWay, hosted } = staged();
    stage.runs("x", 1);
    stage.elsewhere("b", "x", 2);
    hosted.yes = false;
    for (let twice = 0; twice < 2; twice++) actors.quiesce(false);
    expect(actors.ready).toBe(false);
    await turn();
    expect([gaveWay, actors.ready]).toEqual([[], true]);
    hosted.yes = true;
    actors.quiesce(false);
    await turn();
    expect(gaveWay).toEqual([{ id: "x", to: "b" }]);
  });

  test("hears of one that ended by itself", () => {
    const { stage, actors, registry } = staged();
    stage.runs("x", 4);
    actors.quiesce(false);
    expect([actors.ended("x", 3), actors.ended("nobody", 1)]).toEqual([false, false]);
    expect([actors.ended("x", 4), registry.own("x"), actors.ended("x", 4)]).toEqual([true, undefined, false]);
  });
});

describe("before the node serves again", () => {
  test("what was kept goes on under epochs above all that others may have used meanwhile", () => {
    const { stage, actors, registry, renumbered } = staged();
    stage.runs("x", 4);
    actors.quiesce(false);
    expect([actors.renumber(), renumbered]).toEqual([false, [{ id: "x", epoch: 1_004 }]]);
    stage.runs("x", 1_004, { state: "down" });
    expect(actors.renumber()).toBe(true);
    actors.membersChanged();
    expect([actors.renumber(), renumbered.at(-1)]).toEqual([false, { id: "x", epoch: registry.freshEpoch + 1_000 }]);
  });

  test("one in a thread that does not answer is ended instead", () => {
    const { stage, actors, group } = staged();
    stage.runs("x", 4);
    actors.quiesce(false);
    for (let i = 0; i < 6; i++) actors.renumber();
    expect(group.toldTo("stop")).toEqual(["x"]);
  });
});

describe("when it serves again", () => {
  test("what was kept goes on where it is", () => {
    const { stage, actors, registry } = staged();
    stage.runs("x", 1);
    actors.quiesce(false);
    actors.resume();
    expect(registry.own("x")?.state).toBe("running");
  });

  test("what was in a thread that died meanwhile is looked at as any death", () => {
    const { stage, actors, group, lost } = staged();
    const { place } = stage.runs("x", 1);
    actors.quiesce(false);
    group.dead.add(place);
    actors.resume();
    expect(lost).toEqual([place]);
  });

  test("one that no member may run waits until one may", async () => {
    const { stage, actors, ownership, adopted } = staged();
    stage.runs("x", 1);
    actors.quiesce(true);
    await turn();
    actors.resume();
    const { view } = ownership;
    ownership.view = clusterView([]);
    await actors.restart();
    expect(adopted).toEqual([]);
    ownership.view = view;
    await actors.restart();
    expect(adopted).toEqual(["x"]);
  });

  test("what was stopped starts again at its owner, who alone decides; then others speak for it", async () => {
    const { stage, actors, ownership, requests, adopted, settled } = staged();
    stage.runs("mine", 1);
    stage.runs("theirs", 1);
    ownership.owners.set("theirs", "b");
    actors.quiesce(true);
    await turn();
    actors.resume();
    requests.answer = () => ({ type: "adopt", errors: [] });
    await actors.restart();
    expect([adopted, requests.asked.map(({ node }) => node), settled]).toEqual([["mine"], ["b"], ["mine", "theirs"]]);
    await actors.restart();
    expect(adopted).toEqual(["mine"]);
  });

  test("what could not start for a reason that passes is asked for again, and nothing else", async () => {
    const { stage, actors, adopted, answer } = staged();
    stage.runs("x", 1);
    stage.runs("y", 1);
    actors.quiesce(true);
    await turn();
    actors.resume();
    answer([
      { id: "x", error: { name: "HubError", code: "Partitioned", message: "cut" } },
      { id: "y", error: { name: "HubError", code: "StartFailed", message: "its init threw" } },
    ]);
    await actors.restart();
    answer([]);
    await actors.restart();
    expect(adopted).toEqual(["x", "y", "x"]);
  });

  test("a temporary one has ended", async () => {
    const { stage, actors, registry, adopted } = staged();
    stage.runs("x", 1, { spec: spec("x", { restart: "temporary" }), place: thread("a", 1) });
    actors.quiesce(true);
    await turn();
    actors.resume();
    await actors.restart();
    expect([adopted, registry.own("x"), stage.told("childStopped")]).toMatchObject([
      [],
      undefined,
      [{ id: "x", error: { code: "Partitioned" } }],
    ]);
  });
});
