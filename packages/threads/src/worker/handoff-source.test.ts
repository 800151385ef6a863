import { encode, HandoffFailed, openPayload, payloadFrom, placeInWords, toWireError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { order } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { sourceStage } from "./fixtures/source-stage.js";
import { here, settled, there, third } from "./fixtures/thread-stage.js";

type Scene = Awaited<ReturnType<typeof sourceStage>>;

const no = toWireError(new HandoffFailed("no", {}));

/** The types of the frames that went to the target, in order. */
const frames = ({ stage }: Scene): string => stage.sent.map(({ frame }) => frame.type).join(" ");

/** How the move of "a" ended: "" for done, the step and the reason otherwise. */
const ended = ({ outcomes }: { readonly outcomes: Awaited<ReturnType<Scene["move"]>>["outcomes"] }): string | undefined =>
  outcomes?.map(({ error }) => (error === undefined ? "" : (/step \w+: [^;]*/.exec(error.message)?.[0] ?? error.message))).join();

/** Brings a move to where it waits for the target at a step. */
async function upTo(step: "reserve" | "settle" | "pack" | "load" | "commit", settings = {}) {
  const scene = await sourceStage(settings);
  if (step === "settle") scene.recipients.ids = ["b"];
  if (step === "pack") scene.life.trouble = "prepare hangs";
  const state = await scene.move();
  if (step !== "reserve") await scene.target.reserved();
  if (step === "commit") await scene.target.loaded();
  return { ...scene, state };
}

/** The actor is here, runs, and has an epoch that nobody has had. */
async function expectTakenBack(scene: Scene, epoch = 3): Promise<void> {
  const { cell, stage, mail, context } = scene;
  expect(context.cells.get("a")).toBe(cell);
  expect(cell).toMatchObject({ phase: "running", epoch, usedEpoch: epoch });
  expect(mail.seen).toContain(`forward a.1 ${here} ${epoch}`);
  expect(stage.news("renumbered")).toEqual([{ type: "renumbered", actors: [{ id: "a", epoch }] }]);
  cell.take(envelope("add", 5, { epoch }));
  await settled();
  expect(cell.state).toEqual({ sum: 5 });
}

describe("orders of one lane", () => {
  test("have no more under way together than a batch, another lane has its own", async () => {
    const scene = await sourceStage();
    for (const id of ["b", "c"]) await scene.running(id);
    const first = await scene.move({ saga: "s1", lane: "l", ids: ["a"], batchSize: 1 });
    const second = await scene.move({ saga: "s2", lane: "l", ids: ["b"], batchSize: 1 });
    expect(frames(scene)).toBe("reserve");
    await scene.move({ saga: "s3", lane: "other", ids: ["c"], batchSize: 1 });
    expect(frames(scene)).toBe("reserve reserve");
    const [reserve] = scene.stage.frames("reserve");
    const none = { saga: reserve?.saga ?? "", outcomes: [{ id: "a", epoch: 2, error: no }] };
    scene.source.receive({ type: "reserved", ...none });
    await settled();
    expect([first.outcomes?.length, second.outcomes, frames(scene)]).toEqual([1, undefined, "reserve reserve reserve"]);
  });
});

describe("a move that goes well", () => {
  test("reserves, transfers, commits, and is done when the target runs the actor", async () => {
    const scene = await upTo("commit");
    expect([frames(scene), ended(scene.state)]).toEqual(["reserve transfer commit", undefined]);
    await scene.target.running();
    expect(scene.state.outcomes).toEqual([{ id: "a", epoch: 2 }]);
    expect([scene.context.cells.size, scene.cell.phase, scene.stage.count("movedOut")]).toEqual([0, "ended", 1]);
  });

  test("the main thread hears of it before the target may run the actor", async () => {
    const { stage, mail } = await upTo("commit");
    expect(stage.news("departed")).toEqual([{ type: "departed", actors: [{ id: "a", epoch: 2, place: there }] }]);
    expect(mail.seen).toEqual(["flush", "left a", `forward a.1 ${there} 2`]);
  });

  test("the mailbox goes along, in order, and changes hands with the commit", async () => {
    const { stage, cell, mail, move, target, life } = await sourceStage();
    for (const [name, input] of [
      ["wait", undefined],
      ["add", 1],
      ["add", 2],
    ] as const)
      cell.take(envelope(name, input));
    await settled();
    await move();
    await target.reserved();
    cell.take(envelope("add", 3));
    life.open();
    await settled();
    expect(
      stage.frames("transfer")[0]?.snapshots[0]?.mailbox.map(([, , , , payload]) => openPayload(payloadFrom(payload))),
    ).toEqual([1, 2, 3]);
    await target.loaded();
    expect(stage.sent.at(-1)).toMatchObject({
      envelopes: 3,
      frame: { type: "commit", actors: [{ id: "a", epoch: 2, envelopes: 3 }] },
    });
    expect(mail.seen.filter((word) => word === "taken add")).toHaveLength(3);
    expect(stage.count("moveInFlight")).toBe(3);
  });

  test("a message that comes after the transfer is passed on after the commit", async () => {
    const { cell, mail, target } = await upTo("load");
    cell.take(envelope("add", 9));
    expect(mail.delivered).toEqual([]);
    await target.loaded();
    expect(mail.delivered).toMatchObject([{ kind: "envelope", name: "add" }]);
  });

  test("where confirm is false, it is done at the commit", async () => {
    const { move, target } = await sourceStage();
    const state = await move({ confirm: false });
    await target.reserved();
    await target.loaded();
    expect(ended(state)).toBe("");
  });

  test("one whose handler takes long does not keep the next batches", async () => {
    const scene = await sourceStage();
    for (const id of ["b", "c"]) await scene.running(id);
    scene.cell.take(envelope("wait"));
    await settled();
    await scene.move({ ids: ["a", "b", "c"], batchSize: 2 });
    await scene.target.reserved();
    await scene.target.loaded();
    await scene.target.running();
    expect(frames(scene)).toBe("reserve transfer commit reserve");
  });

  test("a batch is as large as the order says, and each goes by itself", async () => {
    const scene = await sourceStage();
    await scene.running("b");
    const state = await scene.move({ ids: ["a", "b"], batchSize: 1 });
    for (const _ of ["a", "b"]) {
      await scene.target.reserved();
      await scene.target.loaded();
      await scene.target.running();
    }
    expect(frames(scene)).toBe("reserve transfer commit reserve transfer commit");
    expect(ended(state)).toBe(",");
  });
});

describe("who may move", () => {
  test.each<[string, (scene: Scene) => void, string]>([
    ["an actor that is not here", ({ context }) => void context.cells.delete("a"), "is not on"],
    ["one that is about to end", ({ cell }) => void cell.stop("stop", 100), "only a running actor moves"],
    ["one whose target is down", ({ stage }) => void stage.down.add(there), "is down"],
  ])("not %s", async (_, prepare, text) => {
    const scene = await sourceStage();
    scene.life.trouble = "stopping hangs";
    prepare(scene);
    const state = await scene.move();
    expect(ended(state)).toContain(text);
    expect(scene.stage.sent).toEqual([]);
    expect(scene.cell.usedEpoch).toBe(1);
  });

  test("one more than the forwarding limit waits until an entry has ended", async () => {
    const scene = await sourceStage();
    scene.mail.forwardings.size = 10;
    const state = await scene.move();
    expect([scene.stage.sent, scene.cell.phase]).toEqual([[], "running"]);
    scene.mail.forwardings.size = 9;
    scene.mail.forwardings.ended();
    await settled();
    await scene.target.reserved();
    await scene.target.loaded();
    await scene.target.running();
    expect(ended(state)).toBe("");
  });

  test("one for which no entry ends in time stays, and says why", async () => {
    const scene = await sourceStage({ handoffTimeoutMs: 1_000 });
    scene.mail.forwardings.size = 10;
    const state = await scene.move();
    await scene.stage.clock.run(999);
    expect(ended(state)).toBeUndefined();
    await scene.stage.clock.run(1);
    expect(ended(state)).toContain("still forwards for 10 actors that left, its limit, and had no room within 1000 ms");
    expect([scene.stage.sent, scene.cell.usedEpoch]).toEqual([[], 1]);
  });

  test.each<[string, (scene: Scene) => void, string]>([
    ["goes down", ({ target }) => target.down(), "is down"],
    ["is about to leave", ({ source }) => source.leaving("n@1"), "is about to leave"],
  ])("one that waits for room, and whose target %s, waits no longer", async (_, happens, text) => {
    const scene = await sourceStage();
    scene.mail.forwardings.size = 10;
    const state = await scene.move();
    expect(ended(state)).toBeUndefined();
    happens(scene);
    await settled();
    expect(ended(state)).toContain(text);
    expect(ended(await scene.move())).toContain(text);
  });

  test("of a batch those go for which there is room, and the others as there is more", async () => {
    const scene = await sourceStage();
    scene.mail.forwardings.size = 9;
    await scene.running("b");
    const state = await scene.move({ ids: ["a", "b"] });
    expect(scene.target.last().ids.map(({ id }) => id)).toEqual(["a"]);
    await scene.target.reserved();
    await scene.target.loaded();
    await scene.target.running();
    expect([frames(scene), ended(state)]).toEqual(["reserve transfer commit reserve", undefined]);
    expect(scene.target.last().ids.map(({ id }) => id)).toEqual(["b"]);
  });

  test("a node that leaves has no forwarding limit: it takes no more actors, and its entries end with it", async () => {
    const scene = await sourceStage();
    scene.mail.forwardings.size = 10;
    const state = await scene.move({ leaves: true });
    await scene.target.reserved();
    await scene.target.loaded();
    await scene.target.running();
    expect(ended(state)).toBe("");
  });

  test("not to where it is", async () => {
    const { move } = await sourceStage();
    expect(ended(await move({ to: here }))).toContain("is there already");
  });

  test("one that is on its way out goes on from where that ends", async () => {
    const scene = await upTo("commit");
    const second = await scene.move({ to: third });
    expect(ended(second)).toBeUndefined();
    await scene.target.running();
    expect([ended(scene.state), ended(second)]).toEqual(["", expect.stringContaining("is not on")]);
  });
});

describe("a target that goes", () => {
  test("while a place is asked for: the actor runs on, and was never sealed", async () => {
    const scene = await upTo("reserve");
    scene.target.down();
    await settled();
    expect(ended(scene.state)).toMatch(/step reserve: the target, .*, went down/);
    expect(scene.cell).toMatchObject({ phase: "running", epoch: 1 });
  });

  test.each(["settle", "pack", "load"] as const)("at the step %s: the actor is taken back", async (step) => {
    const scene = await upTo(step);
    scene.target.down();
    await settled();
    expect(ended(scene.state)).toMatch(/went down/);
    expect(frames(scene)).not.toContain("abort");
    await expectTakenBack(scene);
  });

  test("between two steps, when nobody waits for it: the next step finds out", async () => {
    const scene = await upTo("pack");
    scene.life.open();
    scene.stage.down.add(there);
    await settled();
    expect(ended(scene.state)).toMatch(/step load: the target, .*, went down/);
    await expectTakenBack(scene);
  });

  test("after the commit: the actor is the target's, and is not taken back", async () => {
    const scene = await upTo("commit");
    scene.target.down();
    await settled();
    expect(ended(scene.state)).toMatch(/step commit: the target, .*, went down/);
    expect(scene.state.outcomes?.[0]?.error?.message).toContain("it was handed over, and its new place did not confirm");
    expect([scene.context.cells.size, scene.stage.news("renumbered")]).toEqual([0, []]);
  });

  test("means nothing to a move to another place", async () => {
    const scene = await upTo("load");
    scene.target.down(third);
    await scene.target.loaded();
    await scene.target.running();
    expect(ended(scene.state)).toBe("");
  });
});

describe("a target that refuses", () => {
  test("a place: the actor runs on under its epoch", async () => {
    const scene = await sourceStage();
    const state = await scene.move();
    await scene.target.reserved(no);
    expect([ended(state), scene.cell.epoch, scene.cell.phase, frames(scene)]).toEqual([
      "step reserve: no",
      1,
      "running",
      "reserve",
    ]);
  });

  test("the snapshot: the target is to forget the actor, which is taken back", async () => {
    const scene = await upTo("load");
    await scene.target.loaded(no);
    expect([ended(scene.state), frames(scene)]).toEqual(["step load: no", "reserve transfer abort"]);
    await expectTakenBack(scene);
  });
});

describe("a node that leaves", () => {
  test("gets no actor that has not gone: one that waits for its handler goes on at once", async () => {
    const scene = await sourceStage();
    scene.cell.take(envelope("wait"));
    await settled();
    const state = await scene.move();
    await scene.target.reserved();
    scene.source.leaving("n@1");
    await settled();
    expect([ended(state), scene.cell.phase]).toEqual([
      `step seal: the target, ${placeInWords(there)}, is about to leave`,
      "running",
    ]);
    expect(frames(scene)).toBe("reserve abort");
    expect(ended(await scene.move())).toContain("is about to leave");
  });

  test("gets one that was committed to it", async () => {
    const scene = await upTo("commit");
    scene.source.leaving("n@1");
    await scene.target.running();
    expect(ended(scene.state)).toBe("");
  });

  test("is left in time: what its actors sent is waited for no longer than a handler", async () => {
    const scene = await sourceStage();
    scene.recipients.ids = ["b"];
    const state = await scene.move({ leaves: true, sealMs: 50 });
    await scene.target.reserved();
    await scene.stage.elapse(49);
    expect(frames(scene)).toBe("reserve");
    await scene.stage.elapse(1);
    expect([frames(scene), ended(state), scene.stage.checks.marked.get("leftUnsettled")]).toEqual([
      "reserve transfer",
      undefined,
      1,
    ]);
  });
});

describe("a seal that was given up", () => {
  test("does not take the timers of the next one", async () => {
    const scene = await sourceStage();
    scene.cell.take(envelope("wait"));
    await settled();
    scene.cell.timers.set("t", 1_000, { name: "add", payload: encode(1) });
    await scene.move({ sealMs: 10 });
    await scene.target.reserved();
    await scene.stage.elapse(10);
    await scene.move();
    await scene.target.reserved();
    scene.life.open();
    await settled();
    expect(scene.stage.frames("transfer")[0]?.snapshots[0]?.timers).toMatchObject([{ key: "t" }]);
  });
});

describe("messages to an actor that has no place just now", () => {
  const unsent = (): ReturnType<typeof envelope>[] => [envelope("hello", 1, { to: "b", sender: "a" })];

  test("go along with their sender, and count as what it took along", async () => {
    const scene = await sourceStage();
    scene.recipients.ids = ["b"];
    await scene.move();
    await scene.target.reserved();
    scene.mail.unsent = unsent();
    await scene.stage.elapse(2 * scene.context.settings.markerRetryMs);
    expect(scene.stage.frames("transfer")[0]?.snapshots[0]?.unsent?.map(([, to, , name]) => [to, name])).toEqual([
      ["b", "hello"],
    ]);
    await scene.target.loaded();
    expect(scene.stage.sent.at(-1)).toMatchObject({ envelopes: 1, frame: { type: "commit", actors: [{ envelopes: 1 }] } });
  });

  test("wait here again when the move is given up", async () => {
    const scene = await sourceStage();
    scene.recipients.ids = ["b"];
    await scene.move();
    await scene.target.reserved();
    scene.mail.unsent = unsent();
    await scene.stage.elapse(2 * scene.context.settings.markerRetryMs);
    await scene.target.loaded(no);
    expect(scene.mail.seen).toContain("send hello b");
  });
});

describe("a deadline that passes", () => {
  test("for a place: the target is to forget the actor, which runs on", async () => {
    const scene = await upTo("reserve");
    await scene.stage.elapse(400);
    expect(ended(scene.state)).toBe("step reserve: the target did not answer within 400 ms");
    expect([frames(scene), scene.cell.phase, scene.cell.epoch]).toEqual(["reserve abort", "running", 1]);
  });

  test("for the handler in hand: the actor goes on when that ends", async () => {
    const scene = await sourceStage();
    scene.cell.take(envelope("wait"));
    await settled();
    const state = await scene.move();
    await scene.target.reserved();
    await scene.stage.elapse(400);
    expect(ended(state)).toBe("step seal: its handler of wait did not end in time");
    scene.life.open();
    await settled();
    await expectTakenBack(scene);
  });

  test.each([
    ["settle", "settle", "no answer within 400 ms"],
    ["pack", "transfer", "handoff.prepare of actor a did not end within 300 ms"],
    ["load", "load", "no answer within 400 ms"],
  ] as const)("at the step %s: the target is to forget the actor, which is taken back", async (step, name, why) => {
    const scene = await upTo(step);
    await scene.stage.elapse(400);
    expect(ended(scene.state)).toBe(`step ${name}: ${why}`);
    expect(frames(scene)).toMatch(/abort$/);
    await expectTakenBack(scene);
    expect(scene.mail.settlings.size).toBe(0);
  });

  test("of the order's retention, where that is shorter", async () => {
    const { stage, move, target } = await sourceStage();
    const state = await move({ retentionMs: 7 });
    await target.reserved();
    await stage.elapse(6);
    expect(ended(state)).toBeUndefined();
    await stage.elapse(1);
    expect(ended(state)).toBe("step load: no answer within 7 ms");
  });

  test("for the word that it runs: the actor is the target's", async () => {
    const scene = await upTo("commit");
    await scene.stage.elapse(400);
    expect(ended(scene.state)).toBe("step commit: no answer within 400 ms");
    expect([scene.context.cells.size, frames(scene)]).toEqual([0, "reserve transfer commit"]);
  });
});

describe("an answer that comes late", () => {
  test("of a load that was given up means nothing, also to the next move", async () => {
    const scene = await upTo("load");
    const late = scene.target.last();
    await scene.stage.elapse(400);
    const again = await scene.move();
    await scene.target.reserved();
    const snapshot = scene.target.last();
    await scene.target.loaded(undefined, late);
    expect([frames(scene), ended(again)]).toEqual(["reserve transfer abort reserve transfer", undefined]);
    await scene.target.loaded(undefined, { ...late, ids: snapshot.ids });
    await scene.target.loaded(undefined, { ...snapshot, ids: late.ids });
    expect([frames(scene), ended(again)]).toEqual(["reserve transfer abort reserve transfer", undefined]);
    await scene.target.loaded(undefined, snapshot);
    expect(frames(scene)).toMatch(/commit$/);
  });

  test("of a target that reports the actor as running before the commit does not commit it", async () => {
    const scene = await upTo("pack");
    const { saga } = scene.stage.frames("reserve")[0] ?? { saga: "" };
    await scene.target.running({ saga: `other${saga}`, ids: [{ id: "a", epoch: 2 }] });
    expect([ended(scene.state), scene.cell.phase]).toEqual([undefined, "sealed"]);
  });
});

describe("an actor that is to end meanwhile", () => {
  test("by itself, in the handler that its move waits for: the move says that it ended", async () => {
    const scene = await sourceStage();
    scene.cell.take(envelope("wait"));
    await settled();
    const state = await scene.move();
    await scene.target.reserved();
    scene.cell.context.stopSelf("done");
    scene.life.open();
    await settled();
    expect(state.outcomes?.[0]?.error).toMatchObject({
      code: "ActorStopped",
      message: "actor a ended (done) before it could move",
    });
    expect([frames(scene), scene.cell.phase]).toEqual(["reserve abort", "ended"]);
  });

  test("while a place is asked for can be stopped at once, and does not leave", async () => {
    const scene = await upTo("reserve");
    expect(scene.source.recall(scene.cell)).toBeUndefined();
    await scene.cell.stop("stop", 100);
    await scene.target.reserved();
    expect(ended(scene.state)).toBe("actor a ended (stop) before it could move");
    expect([frames(scene), scene.stage.news("renumbered")]).toEqual(["reserve abort", []]);
  });

  test.each(["settle", "pack", "load"] as const)(
    "at the step %s: its move is given up, and it waits for its end",
    async (step) => {
      const scene = await upTo(step);
      const concluded = scene.source.recall(scene.cell);
      await concluded;
      await settled();
      expect(ended(scene.state)).toMatch(/the actor is to end/);
      expect(frames(scene)).toMatch(/abort$/);
      expect([scene.cell.phase, scene.stage.news("renumbered")]).toEqual(["sealed", []]);
      expect(scene.source.recall(scene.cell)).toBeUndefined();
      await scene.cell.stop("stop", 100);
      expect(scene.cell.phase).toBe("ended");
    },
  );

  test("just as the target has loaded it: it is not committed", async () => {
    const scene = await upTo("load");
    const loaded = scene.target.loaded();
    scene.source.recall(scene.cell);
    await loaded;
    expect(ended(scene.state)).toBe("step load: the actor is to end");
    expect([frames(scene), scene.cell.phase]).toEqual(["reserve transfer abort", "sealed"]);
  });

  test("with its thread, before the target has loaded it: it is not committed, since its mail was turned away here", async () => {
    const scene = await upTo("load");
    scene.cell.discard();
    await scene.target.loaded();
    expect(ended(scene.state)).toBe("actor a ended (gone) before it could move");
    expect(frames(scene)).toBe("reserve transfer abort");
  });

  test("after the commit ends at its new place: the recall waits until it has left", async () => {
    const scene = await upTo("commit");
    const concluded = scene.source.recall(scene.cell);
    let left = false;
    void concluded?.then(() => (left = true));
    await settled();
    expect(left).toBe(false);
    await scene.target.running();
    expect([left, ended(scene.state)]).toEqual([true, ""]);
  });

  test("is not recalled by another cell of its id, nor when it is not on its way", async () => {
    const scene = await upTo("load");
    expect(scene.source.recall(scene.births.cell({ ...order("a", 9), mode: "active" }))).toBeUndefined();
    await scene.target.loaded();
    await scene.target.running();
    expect([ended(scene.state), scene.source.recall(scene.cell)]).toEqual(["", undefined]);
  });
});

describe("epochs are never used twice", () => {
  test("each move reserves the next, also after moves that failed", async () => {
    const scene = await sourceStage();
    for (let n = 0; n < 2; n++) {
      await scene.move();
      await scene.target.reserved(no);
    }
    await scene.move();
    expect(scene.stage.frames("reserve").flatMap(({ actors }) => actors.map(({ epoch }) => epoch))).toEqual([2, 3, 4]);
    expect(scene.cell.epoch).toBe(1);
  });

  test("an actor that is taken back has a later one than it had reserved, and its next move a later one still", async () => {
    const scene = await upTo("load");
    await scene.target.loaded(no);
    expect(scene.cell.epoch).toBe(3);
    await scene.move();
    expect(scene.target.last().ids).toEqual([{ id: "a", epoch: 4 }]);
  });

  test("a cell that ended while it was to move gets none", async () => {
    const scene = await upTo("reserve");
    await scene.cell.stop("stop", 100);
    await scene.target.reserved();
    expect(scene.cell.usedEpoch).toBe(2);
  });
});

describe("an epoch that is ordered from above", () => {
  test("is entered at once by an actor that is not on its way out, and mail for the one before finds it", async () => {
    const scene = await sourceStage();
    await scene.source.renumber("a", 1_001);
    expect(scene.cell).toMatchObject({ phase: "running", epoch: 1_001, usedEpoch: 1_001 });
    expect(scene.mail.seen).toEqual([`forward a.1 ${here} 1001`]);
    expect(scene.stage.news("renumbered")).toHaveLength(1);
  });

  test("waits for a move; after the commit the actor is not here any more", async () => {
    const scene = await upTo("commit");
    const renumbered = scene.source.renumber("a", 1_001);
    await scene.target.running();
    await renumbered;
    expect(scene.stage.news("renumbered")).toEqual([]);
  });

  test("is not entered when the actor has used up a later one", async () => {
    const scene = await sourceStage();
    await scene.source.renumber("a", 1_001);
    await scene.source.renumber("a", 1_001);
    await scene.source.renumber("a", 900);
    expect([scene.cell.epoch, scene.stage.news("renumbered").length]).toEqual([1_001, 1]);
  });

  test("ends a move of a node that may not serve, which could not be committed", async () => {
    const scene = await upTo("load");
    scene.mail.isFenced = true;
    await scene.source.renumber("a", 1_001);
    await settled();
    expect(ended(scene.state)).toMatch(/step load: this node may not serve now/);
    expect(scene.cell.epoch).toBe(1_001);
  });
});

test("a node that may not serve lets nothing go, though the target has loaded it", async () => {
  const scene = await upTo("load");
  scene.mail.isFenced = true;
  await scene.target.loaded();
  expect(ended(scene.state)).toMatch(/step load: this node may not serve now/);
  expect(frames(scene)).toBe("reserve transfer abort");
  await expectTakenBack(scene);
});

test("what an actor sent before has arrived before it is packed", async () => {
  const scene = await upTo("settle");
  expect([[...scene.mail.settlings.values()], frames(scene)]).toEqual([[["b"]], "reserve"]);
  for (const done of scene.mail.settlings.keys()) done();
  await settled();
  expect(frames(scene)).toBe("reserve transfer");
});

test("the longest pause of an actor is from its seal to the word that it runs elsewhere", async () => {
  const scene = await upTo("load");
  await scene.stage.elapse(30);
  await scene.target.loaded();
  await scene.stage.elapse(12);
  await scene.target.running();
  expect(scene.stage.count("longestPauseMs")).toBe(42);
});
