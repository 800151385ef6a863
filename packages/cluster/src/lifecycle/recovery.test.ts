import {
  type Epoch,
  type RegistryRecord,
  StartFailed,
  type StartOutcome,
  sliceSize,
  ThreadExited,
  toWireError,
} from "@process-hub/protocol";
import { clusterView } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { record, Stage, spec, thread } from "../fixtures/stage.js";
import { Recovery } from "./recovery.js";
import { Restarts } from "./restarts.js";

function staged(others: readonly string[] = ["b", "c"]) {
  const stage = new Stage(others);
  const tried: { readonly id: string; readonly epoch: Epoch }[] = [];
  const renumbered: { readonly id: string; readonly epoch: Epoch }[] = [];
  const counted: string[] = [];
  let outcome: (id: string) => StartOutcome | Promise<StartOutcome> = (id) => ({ id });
  let replaced = (): void => {};
  const restarts = new Restarts({
    ...stage,
    random: { next: () => 0 },
    standby: () => false,
    counters: { count: (name) => void counted.push(name) },
    starter: {
      restart: async ({ spec: { id } }, epoch) => {
        tried.push({ id, epoch });
        return outcome(id);
      },
    },
  });
  const recovery = new Recovery({
    ...stage,
    restarts,
    replacement: {
      awaits: () => {},
      replace: () =>
        new Promise((resolve) => {
          replaced = resolve;
        }),
    },
    isDown: (place) => stage.down.has(place),
    renumber: ({ spec: { id } }, epoch) => void renumbered.push({ id, epoch }),
  });
  const answer = (given: typeof outcome): void => {
    outcome = given;
  };
  return { ...stage, stage, recovery, restarts: tried, renumbered, counted, answer, replaced: () => replaced() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** More actors than are taken out of the registry in one turn. */
const many = Array.from({ length: sliceSize + 100 }, (_, i) => `m${i}`);

test("orphans that come in slices are adopted when all have come, each once, but for those that run by then", async () => {
  const { stage, recovery, registry, clock, restarts } = staged();
  for (const id of many) stage.elsewhere("b", id, 3);
  stage.forgotten = () => recovery.adoptOrphans();
  stage.loses("b");
  recovery.adoptOrphans();
  stage.runs("m1050", 9);
  expect([registry.isForgetting, restarts.length]).toEqual([true, 0]);
  await clock.run(0);
  expect(restarts.map(({ id }) => id)).toEqual(many.filter((id) => id !== "m1050"));
});

test("a newcomer is told in slices who waits, but not of those that have ended by then", async () => {
  const { stage, recovery, requests, ownership, registry, clock } = staged();
  requests.answer = () => ({ type: "adopt", errors: [] });
  for (const id of many) stage.elsewhere("b", id, 3);
  stage.loses("b");
  await clock.run(0);
  ownership.view = clusterView([]);
  recovery.tellWhoWaits("c");
  registry.publish([{ op: "drop", id: "m1050", epoch: 5, ended: true }]);
  await clock.run(0);
  const told = requests.asked.flatMap(({ request }) => (request.type === "adopt" ? [request.records] : []));
  expect(told.map(({ length }) => length)).toEqual([250, 250, 250, 250, 99]);
  expect(told.flat().map((one) => one.spec.id)).toEqual(many.filter((id) => id !== "m1050"));
});

describe("a thread of this node died", () => {
  test("its actors are down at once, and start again when it has a next life, under epochs that no handoff can have used", async () => {
    const { stage, recovery, group, registry, restarts, replaced } = staged();
    const mine = stage.runs("x", 3);
    stage.runs("elsewhere", 3, { place: group.places[1] ?? "" });
    recovery.threadDied(0, mine.place, new Error("boom"));
    expect([registry.own("x")?.state, registry.own("elsewhere")?.state, restarts]).toEqual(["down", "running", []]);
    replaced();
    await turn();
    expect(restarts).toEqual([{ id: "x", epoch: 1_003 }]);
    expect(stage.told("childRestarted")).toMatchObject([{ id: "x", node: "a", cause: { message: "boom" } }]);
  });

  test("more than one turn takes are recorded in slices, and start again each once; not what ends, or moves on, between two", async () => {
    const { stage, recovery, registry, clock, restarts, replaced } = staged();
    const [mine] = many.map((id) => stage.runs(id, 3));
    recovery.threadDied(0, mine?.place ?? "", new Error("boom"));
    expect(many.filter((id) => registry.own(id)?.state === "down").length).toBe(sliceSize);
    registry.publish([{ op: "drop", id: "m1050", epoch: 3, ended: true, lineage: "m1050" }]);
    stage.runs("m1051", 4, { place: thread("b", 0), state: "moved" });
    replaced();
    await clock.run(0);
    expect(restarts.map(({ id }) => id)).toEqual(many.filter((id) => id !== "m1050" && id !== "m1051"));
  });

  test("records that name a thread which has ended are looked for in slices: not what ends, or moves on, before its turn", async () => {
    const { stage, recovery, registry, clock, restarts } = staged();
    const place = thread("a", 7);
    for (const id of many) stage.runs(id, 3, { place });
    recovery.threadLost(place);
    registry.publish([{ op: "drop", id: "m1050", epoch: 3, ended: true, lineage: "m1050" }]);
    await turn();
    expect(restarts).toEqual([]);
    stage.runs("m7", 4, { place: thread("b", 0), state: "moved" });
    await clock.run(0);
    expect(restarts.map(({ id }) => id)).toEqual(many.filter((id) => id !== "m1050" && id !== "m7"));
  });

  test("one that was stopped meanwhile, or that moved on, is left alone", async () => {
    const { stage, recovery, registry, restarts, replaced } = staged();
    const mine = stage.runs("stopped", 3);
    stage.runs("moved", 3);
    recovery.threadDied(0, mine.place, new Error("boom"));
    registry.publish([{ op: "drop", id: "stopped", epoch: 3, ended: true, lineage: "stopped" }]);
    stage.runs("moved", 4, { place: thread("b", 0), state: "moved" });
    replaced();
    await turn();
    expect(restarts).toEqual([]);
  });

  test("what a node that leaves has ended there is another one's to start; what still ran there goes on here until it is handed over", async () => {
    const { stage, recovery, local, restarts, replaced } = staged();
    const { place } = stage.runs("ended", 3, { state: "down" });
    stage.runs("runs", 3);
    local.state = "closing";
    recovery.threadDied(0, place, new Error("boom"));
    replaced();
    await turn();
    expect(restarts.map(({ id }) => id)).toEqual(["runs"]);
  });

  test("one whose next thread dies under the start is tried again and again, far above each time", async () => {
    const { stage, recovery, registry, clock, restarts, answer, replaced } = staged();
    const { place } = stage.runs("x", 3);
    answer((id) => ({ id, error: toWireError(new ThreadExited("gone too", {})) }));
    recovery.threadDied(0, place, new Error("boom"));
    replaced();
    await clock.run(10 + 20 + 40);
    expect(restarts.map(({ epoch }) => epoch)).toEqual([1_003, 2_003, 3_003, 4_003]);
    expect([registry.own("x"), stage.told("childStopped")]).toMatchObject([{ state: "down", waiting: { attempts: 4 } }, []]);
  });

  test("a temporary actor is not started again", async () => {
    const { stage, recovery, registry, restarts, replaced } = staged();
    const { place } = stage.runs("x", 3, { spec: spec("x", { restart: "temporary" }) });
    recovery.threadDied(0, place, new Error("boom"));
    replaced();
    await turn();
    expect([restarts, registry.own("x"), stage.told("childStopped")]).toMatchObject([
      [],
      undefined,
      [{ reason: "not restarted" }],
    ]);
  });
});

describe("a node died", () => {
  test("its orphans start at their owners: those of this node's here", async () => {
    const { stage, recovery, ownership, restarts } = staged();
    stage.elsewhere("b", "mine", 3);
    stage.elsewhere("b", "theirs", 3);
    ownership.owners.set("theirs", "c");
    stage.loses("b");
    recovery.adoptOrphans();
    await turn();
    expect(restarts.map(({ id }) => id)).toEqual(["mine"]);
  });

  test("the registrar of an orphan that belongs elsewhere has it started there, once at a time", async () => {
    const { stage, recovery, ownership, requests, claims, restarts } = staged();
    stage.elsewhere("b", "x", 3);
    ownership.owners.set("x", "c");
    ownership.registrars.set("x", "a");
    stage.loses("b");
    let answer = (): void => {};
    requests.answer = () =>
      new Promise<never>((_, reject) => {
        answer = () => reject(new Error("gone"));
      });
    recovery.adoptOrphans();
    await turn();
    expect([requests.asked, claims.isPlacing("x"), restarts]).toMatchObject([
      [{ node: "c", request: { type: "adopt", decided: true } }],
      true,
      [],
    ]);
    recovery.adoptOrphans();
    await turn();
    expect(requests.asked).toHaveLength(1);
    answer();
    await turn();
    expect(claims.isPlacing("x")).toBe(false);
  });

  test("an owner that joined after the death is offered what it never heard of", async () => {
    const { stage, recovery, ownership, requests, clock, timings } = staged();
    stage.elsewhere("b", "x", 3);
    ownership.owners.set("x", "c");
    stage.loses("b");
    requests.answer = () => ({ type: "adopt", errors: [] });
    recovery.adoptOrphans();
    await clock.run(timings.batchWindowMs * 2);
    expect(requests.asked).toMatchObject([
      { node: "c", request: { type: "adopt", decided: false, records: [{ spec: { id: "x" } }] } },
    ]);
  });

  test("an owner is offered them by a node that leaves as well, at once when that one says goodbye", async () => {
    const { stage, recovery, ownership, requests, local, clock, timings, restarts } = staged();
    stage.elsewhere("b", "x", 3);
    stage.elsewhere("b", "mine", 3);
    ownership.owners.set("x", "c");
    requests.answer = () => ({ type: "adopt", errors: [] });
    local.state = "closing";
    stage.loses("b");
    recovery.adoptOrphans();
    await clock.run(timings.batchWindowMs * 2);
    expect(requests.asked).toHaveLength(1);
    recovery.leaves();
    expect(requests.asked[1]).toMatchObject({ node: "c", request: { decided: false, records: [{ spec: { id: "x" } }] } });
    local.state = "closed";
    recovery.leaves();
    expect([requests.asked.length, restarts]).toEqual([2, []]);
  });

  test("one that was on its way to a node that lives is that node's to start, for a while", async () => {
    const { stage, recovery, clock, timings, restarts } = staged();
    const moved = stage.elsewhere("b", "x", 3, { state: "moved", place: thread("c", 0) });
    stage.loses("b");
    stage.registry.orphans.add(moved);
    recovery.adoptOrphans();
    await turn();
    expect(restarts).toEqual([]);
    await clock.run(timings.handoffTimeoutMs * 2);
    expect(restarts.map(({ id }) => id)).toEqual(["x"]);
  });

  test("nothing is adopted while the node may not, is not sure what the members said, or is not up", async () => {
    const { stage, recovery, gate, sync, local, restarts } = staged();
    stage.elsewhere("b", "x", 3);
    stage.loses("b");
    gate.mayAdopt = false;
    recovery.adoptOrphans();
    gate.mayAdopt = true;
    sync.isCertain = false;
    recovery.adoptOrphans();
    sync.isCertain = true;
    local.state = "closing";
    recovery.adoptOrphans();
    await turn();
    expect(restarts).toEqual([]);
  });

  test("one that another node said it started, and that this node alone has heard of when that one died, starts again", async () => {
    const { recovery, ownership, restarts } = staged();
    ownership.owners.set("theirs", "c");
    recovery.heardOf([
      record("lives", thread("b", 0), 3),
      record("mine", thread("d", 0), 3),
      record("theirs", thread("d", 0), 4),
    ]);
    await turn();
    expect(restarts.map(({ id }) => id)).toEqual(["mine"]);
  });

  test("one that nobody runs, and of which this node alone has a record, is started by those who decide for it", async () => {
    const { stage, recovery, registry, ownership, requests, restarts } = staged();
    ownership.owners.set("theirs", "c");
    requests.answer = () => ({ type: "adopt", errors: [] });
    const down = ["mine", "theirs"].map((id): RegistryRecord => ({ ...stage.runs(id, 1), state: "down" }));
    registry.publish(down.map((one) => ({ op: "put", record: one })));
    recovery.unclaimed(down);
    await turn();
    expect(restarts.map(({ id }) => id)).toEqual(["mine"]);
    expect(requests.asked).toMatchObject([{ node: "c", request: { decided: false, records: [{ spec: { id: "theirs" } }] } }]);
  });

  test("a newcomer is told of those that wait for their nodes", () => {
    const { stage, recovery, ownership, requests } = staged();
    stage.elsewhere("b", "x", 3);
    stage.loses("b");
    ownership.view = { ...ownership.view, nodes: [] };
    requests.answer = () => ({ type: "adopt", errors: [] });
    recovery.tellWhoWaits("d");
    expect(requests.asked).toMatchObject([{ node: "d", request: { type: "adopt", decided: false } }]);
  });

  test("a node that leaves offers them to those who decide, and tells all of those that wait", () => {
    const { stage, recovery, ownership, requests } = staged();
    stage.elsewhere("b", "x", 3);
    stage.loses("b");
    stage.local.state = "closing";
    requests.answer = () => ({ type: "adopt", errors: [] });
    ownership.owners.set("x", "c");
    recovery.leaves();
    expect(requests.asked).toMatchObject([{ node: "c", request: { type: "adopt", decided: false } }]);
    ownership.view = { ...ownership.view, nodes: [] };
    requests.asked.length = 0;
    recovery.leaves();
    expect(requests.asked.map(({ node }) => node)).toEqual(stage.peers.map(({ node }) => node));
  });
});

describe("an actor is offered", () => {
  test("one that runs on a member is not started: who offers it has lost sight of that one", async () => {
    const { stage, recovery, restarts } = staged();
    stage.elsewhere("b", "x", 5);
    await recovery.adopt([record("x", thread("d", 0), 3)], false);
    expect(restarts).toEqual([]);
  });

  test("one that runs here goes on above the epoch of the offer, which would pass it for ever", async () => {
    const { stage, recovery, renumbered, restarts } = staged();
    stage.runs("x", 2);
    await recovery.adopt([record("x", thread("d", 0), 7)], false);
    expect([renumbered, restarts]).toEqual([[{ id: "x", epoch: 1_007 }], []]);
  });

  test("one that is offered twice at once is placed once", async () => {
    const { recovery, ownership, requests } = staged();
    ownership.owners.set("x", "c");
    ownership.registrars.set("x", "a");
    requests.answer = () => ({ type: "adopt", errors: [] });
    const orphan = record("x", thread("d", 0), 3, { state: "down" });
    expect(await recovery.adopt([orphan, orphan], false)).toEqual([]);
    expect(requests.asked).toMatchObject([{ node: "c", request: { type: "adopt", records: [{ spec: { id: "x" } }] } }]);
  });

  test("one that another node decides about is not started here: that one hears of it", async () => {
    const { recovery, clock, ownership, requests, registry, restarts } = staged();
    ownership.registrars.set("x", "c");
    requests.answer = () => ({ type: "adopt", errors: [] });
    const orphan = record("x", thread("d", 0), 3, { state: "down" });
    expect(await recovery.adopt([orphan], false)).toMatchObject([{ id: "x", error: { code: "Partitioned" } }]);
    expect([restarts, registry.orphans.get("x")]).toEqual([[], orphan]);
    await clock.run(1_000);
    expect(requests.asked).toMatchObject([
      { node: "c", request: { type: "adopt", decided: false, records: [{ spec: { id: "x" } }] } },
    ]);
  });

  test("one that has ended since is not started: its end is said again", async () => {
    const { stage, recovery, registry, published, restarts } = staged();
    const mine = stage.runs("x", 2);
    registry.publish([{ op: "drop", id: "x", epoch: 2, ended: true, lineage: "first" }]);
    const before = published.length;
    await recovery.adopt([mine], true);
    expect([restarts, published.slice(before)]).toMatchObject([[], [{ op: "drop", id: "x", ended: true, lineage: "first" }]]);
  });

  test("one that was last elsewhere may be on its way here: nothing of it is over", async () => {
    const { stage, recovery, answer } = staged();
    answer((id) => ({ id, error: toWireError(new StartFailed("the store is away", { id })) }));
    const orphan = record("x", thread("d", 0), 1_003, { state: "down" });
    await recovery.adopt([orphan], true);
    expect(recovery.ended.isPast("x", orphan.life, 3)).toBe(false);
    const mine = stage.runs("y", 7);
    stage.group.places.length = 0;
    await recovery.adopt([mine], true);
    expect(recovery.ended.isPast("y", mine.life, 3)).toBe(true);
  });

  test("one that is restarted, started or swapped just now is not started twice", async () => {
    const { recovery, claims, restarts } = staged();
    claims.beginRestart("restarted");
    claims.beginStart("started", 1);
    claims.beginSwap("swapped");
    claims.heardOfStarts("b", ["claimed"]);
    const offers: RegistryRecord[] = ["restarted", "started", "swapped", "claimed"].map((id) =>
      record(id, thread("d", 0), 3, { state: "down" }),
    );
    expect(await recovery.adopt(offers, true)).toEqual([]);
    expect(restarts).toEqual([]);
  });

  test("what cannot start is the answer, by id; one that may start again when this node serves keeps its record", async () => {
    const { recovery, answer, stage } = staged();
    answer((id) => ({ id, error: toWireError(new StartFailed("its init threw", { id })) }));
    expect(await recovery.adopt([record("x", thread("d", 0), 3)], true)).toMatchObject([
      { id: "x", error: { code: "StartFailed" } },
    ]);
    answer((id) => ({ id, error: { name: "HubError", code: "Partitioned", message: "cut" } }));
    expect(await recovery.adopt([record("y", thread("d", 0), 3)], true)).toMatchObject([
      { id: "y", error: { code: "Partitioned" } },
    ]);
    // The node that asks goes on trying.
    expect([stage.told("childStopped"), stage.told("startFailing")]).toEqual([[], []]);
  });
});

test("one that was handed over to this node and never ran here starts again, though a record says that it runs", async () => {
  const { stage, recovery, restarts } = staged();
  const mine = stage.runs("x", 3);
  recovery.arrivalLost(mine, toWireError(new Error("lost")));
  await turn();
  expect(restarts).toEqual([{ id: "x", epoch: 1_003 }]);
});
