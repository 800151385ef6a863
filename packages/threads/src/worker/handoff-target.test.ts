import { stateBytes } from "@process-hub/actor";
import { type ActorSnapshot, type EnvelopeFrame, type Epoch, encode, FrameKind, type PlaceId } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { cellStage, order } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { settled, there, third } from "./fixtures/thread-stage.js";
import { HandoffTarget } from "./handoff-target.js";

/** A target and one source, whose frames about "a" are one call each; their saga is "s" and the epoch 2 unless the test says so. */
function scene() {
  const box = cellStage();
  const { stage, context, births, mail } = box;
  const replicas = { serves: false, ended: [] as string[] };
  const target = new HandoffTarget(context, {
    births,
    activeReplicas: { has: () => replicas.serves, end: async (id) => void (context.cells.delete(id) && replicas.ended.push(id)) },
    passiveReplicas: { end: (id) => void replicas.ended.push(id) },
    deliverAll: mail.deliverAll,
    send: mail.routes.send,
    askHere: ({ origin, ask }, epoch) => mail.note("ask here", origin, ask, epoch),
    deadLetter: ({ to, count, reason }) => mail.note("dead letters", to, count, reason),
  });
  const actors = (epoch: Epoch) => [{ id: "a", epoch }];
  const reserve = (saga = "s", epoch = 2, actor = "box", from: PlaceId = there): void =>
    target.receive({ type: "reserve", saga, actors: [{ id: "a", epoch, actor }] }, from);
  const transfer = async (more: Partial<ActorSnapshot> = {}, saga = "s"): Promise<void> => {
    target.receive({ type: "transfer", saga, snapshots: [snapshot(more)] }, there);
    await settled();
  };
  const commit = (envelopes = 0, saga = "s", epoch = 2): void =>
    target.receive({ type: "commit", saga, actors: [{ id: "a", epoch, envelopes }] }, there);
  const abort = (saga = "s", epoch = 2): void => target.receive({ type: "abort", saga, actors: actors(epoch) }, there);
  const answers = (type: "reserved" | "loaded"): (string | undefined)[] =>
    stage.frames(type).flatMap(({ outcomes }) => outcomes.map(({ error }) => error?.message));
  const lost = (): string[] => stage.news("ended").map(({ epoch, reason, error }) => `${epoch} ${reason}: ${error?.message}`);
  const phase = (): string | undefined => context.cells.get("a")?.phase;
  return { ...box, target, replicas, reserve, transfer, commit, abort, answers, lost, phase };
}

function snapshot(more: Partial<ActorSnapshot> = {}): ActorSnapshot {
  const { spec, life } = order();
  return { spec, life, handled: 0, epoch: 2, state: stateBytes({ sum: 4 }), mailbox: [], timers: [], sealedAtMs: 0, ...more };
}

const add = (by: number): EnvelopeFrame => [FrameKind.envelope, "a", 1, "add", encode(by), null, null, 0, 0];

describe("an actor that arrives", () => {
  test("is reserved, loaded, and runs at the commit; the main thread hears of it first, then the source", async () => {
    const { stage, context, reserve, transfer, commit, answers, phase } = scene();
    reserve();
    await transfer({ mailbox: [add(1), add(2)] });
    expect([answers("reserved"), answers("loaded"), phase()]).toEqual([[undefined], [undefined], "loaded"]);
    commit(2);
    await settled();
    expect(context.cells.get("a")).toMatchObject({
      phase: "running",
      epoch: 2,
      life: { name: "l5", restarts: 0, bornAtMs: 5 },
      state: { sum: 7 },
    });
    expect(stage.told).toMatchObject([
      { type: "arrived", actors: [{ epoch: 2, life: { name: "l5", restarts: 0, bornAtMs: 5 } }] },
    ]);
    expect(stage.frames("running")).toEqual([{ type: "running", saga: "s", actors: [{ id: "a", epoch: 2 }] }]);
    expect(stage.count("movedIn")).toBe(1);
  });

  test("handles nothing before the commit: mail that comes for it is kept until then, behind the mailbox it brought", async () => {
    const { context, reserve, transfer, commit } = scene();
    reserve();
    await transfer({ mailbox: [add(1)] });
    const cell = context.cells.get("a");
    cell?.take(envelope("add", 2, { epoch: 2 }));
    await settled();
    expect(cell?.state).toEqual({ sum: 4 });
    commit(1);
    await settled();
    expect(cell?.state).toEqual({ sum: 7 });
  });

  test("tells the origin of each ask that waits in its mailbox that it waits here, at the commit", async () => {
    const { mail, reserve, transfer, commit } = scene();
    reserve();
    await transfer({ mailbox: [add(1), [FrameKind.envelope, "a", 1, "add", encode(1), third, null, 7, 0]] });
    expect(mail.seen).not.toContain(`ask here ${third} 7 2`);
    commit(2);
    expect(mail.seen.filter((words) => words.startsWith("ask here"))).toEqual([`ask here ${third} 7 2`]);
  });

  test("sends what it had yet to send, from here, before it handles anything; not before the commit", async () => {
    const { mail, context, reserve, transfer, commit } = scene();
    reserve();
    await transfer({ mailbox: [add(1)], unsent: [[FrameKind.envelope, "b", 0, "hello", encode(1), null, "a", 0, 0]] });
    expect(mail.seen).toEqual([]);
    commit(2);
    expect([mail.seen, context.cells.get("a")?.state]).toEqual([["send hello b"], { sum: 4 }]);
  });

  test("ends the passive replica that stood here", async () => {
    const { replicas, reserve, transfer, commit } = scene();
    reserve();
    await transfer();
    expect(replicas.ended).toEqual([]);
    commit();
    expect(replicas.ended).toEqual(["a"]);
  });

  test("takes the place of its active replica, whose end is reported as such", async () => {
    const { stage, replicas, running, reserve, transfer, phase } = scene();
    await running("a", { epoch: 11 });
    replicas.serves = true;
    reserve();
    await transfer();
    expect(stage.told).toMatchObject([{ type: "ended", id: "a", epoch: 11, reason: "replaced" }]);
    expect([replicas.ended, phase()]).toEqual([["a"], "loaded"]);
  });
});

describe("a reservation is refused", () => {
  test("where the actor's definition is not known", () => {
    const { reserve, answers } = scene();
    reserve("s", 2, "tin");
    expect(answers("reserved")).toEqual([expect.stringContaining('no actor named "tin"')]);
  });

  test("where the actor runs", async () => {
    const { running, reserve, answers } = scene();
    await running();
    reserve();
    expect(answers("reserved")).toEqual([expect.stringContaining("already has, or awaits, an actor a")]);
  });

  test("a second time, also by another source; the first one holds", async () => {
    const { reserve, transfer, answers } = scene();
    reserve();
    reserve("other", 3, "box", third);
    expect(answers("reserved")).toEqual([undefined, expect.stringContaining("awaits")]);
    await transfer();
    expect(answers("loaded")).toEqual([undefined]);
  });
});

describe("a snapshot is refused", () => {
  test("that nobody reserved a place for", async () => {
    const { transfer, answers, context } = scene();
    await transfer();
    expect([answers("loaded"), context.cells.size]).toEqual([["no place is reserved for actor a under epoch 2"], 0]);
  });

  test("of another saga or epoch than its reservation", async () => {
    const { reserve, transfer, answers, phase } = scene();
    reserve();
    await transfer({}, "other");
    expect([answers("loaded"), phase()]).toEqual([[expect.stringContaining("no place")], undefined]);
    await transfer({ epoch: 3 });
    expect([answers("loaded").length, phase()]).toEqual([2, undefined]);
  });

  test("that comes twice: and then neither may run", async () => {
    const { reserve, transfer, commit, answers, lost, phase } = scene();
    reserve();
    await transfer();
    await transfer();
    expect([answers("loaded"), phase()]).toEqual([[undefined, expect.stringContaining("no place")], undefined]);
    commit();
    expect(lost()).toHaveLength(1);
  });

  test.each([
    ["throws", "restore throws", "restore throws"],
    ["does not end in time", "restore hangs", "handoff.restore of actor a did not end within 300 ms"],
  ])("whose restore %s; the place is free again", async (_, trouble, text) => {
    const { stage, reserve, transfer, answers, life, context } = scene();
    life.trouble = trouble;
    reserve();
    await transfer();
    await stage.elapse(400);
    expect([answers("loaded"), context.cells.size]).toEqual([[expect.stringContaining(text)], 0]);
    life.open();
    await settled();
    expect(answers("loaded")).toHaveLength(1);
    reserve();
    expect(answers("reserved")).toEqual([undefined, undefined]);
  });

  test("whose state does not do", async () => {
    const { reserve, transfer, answers } = scene();
    reserve();
    await transfer({ state: stateBytes({ sum: "much" }) });
    expect(answers("loaded")).toEqual([expect.stringContaining("state of actor box")]);
  });

  test("of an actor that was started here while it was restored: that one stays", async () => {
    const { reserve, transfer, answers, running, life } = scene();
    life.trouble = "restore hangs";
    reserve();
    await transfer();
    life.trouble = "";
    const started = await running("a", { epoch: 9 });
    life.open();
    await settled();
    expect([answers("loaded"), started.phase]).toEqual([[expect.stringContaining("was started on")], "running"]);
  });

  test("answers of one turn travel together", async () => {
    const { stage, reserve, target } = scene();
    reserve();
    target.receive({ type: "reserve", saga: "s", actors: [{ id: "b", epoch: 2, actor: "box" }] }, there);
    const snapshots = [snapshot(), snapshot({ spec: { ...order().spec, id: "b" } })];
    target.receive({ type: "transfer", saga: "s", snapshots }, there);
    await settled();
    expect(stage.frames("loaded").map(({ outcomes }) => outcomes.map(({ id }) => id))).toEqual([["a", "b"]]);
  });
});

describe("an abort", () => {
  test("frees the place, and mail that had come for the actor is delivered anew; its mailbox is still its source's", async () => {
    const { context, mail, reserve, transfer, abort, commit, lost } = scene();
    reserve();
    await transfer({ mailbox: [add(1)] });
    context.cells.get("a")?.take(envelope("add", 2, { epoch: 2 }));
    abort();
    expect([context.cells.size, mail.delivered.length]).toEqual([0, 1]);
    commit();
    expect(lost()).toHaveLength(1);
  });

  test("of another saga, or an earlier epoch, means nothing", async () => {
    const { reserve, transfer, abort, phase } = scene();
    reserve();
    await transfer();
    abort("other");
    abort("s", 1);
    expect(phase()).toBe("loaded");
  });

  test("while the state is being restored keeps it from coming to life", async () => {
    const { reserve, transfer, abort, answers, context, life } = scene();
    life.trouble = "restore hangs";
    reserve();
    await transfer();
    abort();
    life.open();
    await settled();
    expect([answers("loaded"), context.cells.size]).toEqual([[], 0]);
  });
});

describe("a committed actor that is not here is reported lost", () => {
  test("with the messages that changed hands by the commit as dead letters", async () => {
    const { stage, commit, lost, mail } = scene();
    commit(3);
    expect(lost()).toEqual([expect.stringMatching(/^2 lost: actor a was lost on its way to .*: it was let go by/)]);
    expect([mail.seen, stage.count("deadLettered")]).toEqual([["dead letters a 3 HandoffFailed"], 3]);
    expect(stage.frames("running")).toEqual([{ type: "running", saga: "s", actors: [] }]);
  });

  test("when it was only reserved", () => {
    const { reserve, commit, lost, stage } = scene();
    reserve();
    commit();
    expect(lost()).toHaveLength(1);
    expect(stage.count("movedIn")).toBe(0);
  });

  test("when it was committed under another saga", async () => {
    const { reserve, transfer, commit, lost, phase } = scene();
    reserve();
    await transfer();
    commit(0, "other");
    expect([lost().length, phase()]).toEqual([1, "loaded"]);
  });
});

describe("a source that goes", () => {
  test("before the commit: the loaded actor is reported lost, and its delivered mail goes on", async () => {
    const { stage, target, context, mail, reserve, transfer, lost } = scene();
    reserve();
    await transfer();
    context.cells.get("a")?.take(envelope("add", 2, { epoch: 2 }));
    stage.down.add(there);
    target.placeDown();
    expect(lost()).toEqual([expect.stringContaining("ended before it let go")]);
    expect([context.cells.size, mail.delivered.length]).toEqual([0, 1]);
  });

  test("while only a place was reserved: nothing is reported, and the place is free", () => {
    const { stage, target, reserve, lost, answers } = scene();
    reserve();
    stage.down.add(there);
    target.placeDown();
    reserve("next", 3, "box", third);
    expect([lost(), answers("reserved")]).toEqual([[], [undefined, undefined]]);
  });

  test("after the commit: the actor runs on", async () => {
    const { stage, target, reserve, transfer, commit, phase, lost } = scene();
    reserve();
    await transfer();
    commit();
    stage.down.add(there);
    target.placeDown();
    expect([phase(), lost()]).toEqual(["running", []]);
  });

  test("means nothing to what comes from another place", async () => {
    const { stage, target, reserve, transfer, phase } = scene();
    reserve();
    await transfer();
    stage.down.add(third);
    target.placeDown();
    expect(phase()).toBe("loaded");
  });
});

describe("an order to start the actor", () => {
  test.each([
    [3, undefined],
    [2, "loaded"],
  ])("under epoch %i leaves the arrival of epoch 2 %s", async (epoch, phase) => {
    const { target, reserve, transfer, context } = scene();
    reserve();
    await transfer();
    target.superseded("a", epoch);
    expect(context.cells.get("a")?.phase).toBe(phase);
  });
});
