import type { Cell } from "@process-hub/actor";
import { AlreadyStarted, type ReplicaState, type StandOrder } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { Control } from "./control.js";
import { cellStage, order } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { settled, there } from "./fixtures/thread-stage.js";

/** A control whose parts note their orders; `ways` has what an actor on its way out has to wait for. */
function scene() {
  const box = cellStage();
  const { mail, context } = box;
  const { note, seen } = mail;
  const ways: { recalled: Promise<void> | undefined; concluded: Promise<void> | undefined } = {
    recalled: undefined,
    concluded: undefined,
  };
  const replicas = (mode: string) => ({
    stand: ({ spec }: StandOrder) => note(mode, "stands", spec.id),
    end: (id: string) => note(mode, "ends", id),
  });
  const kept: ReplicaState = { id: "a", epoch: 1, sequence: 2, state: new Uint8Array(), timers: [] };
  const control = new Control(context, {
    actor: (id) => context.cells.get(id),
    starts: {
      start: (one) => {
        void box.births.begin(one, undefined);
        return one.promote === true ? { handled: 7 } : undefined;
      },
    },
    source: { move: async () => [], recall: () => ways.recalled, concluded: () => ways.concluded },
    target: { arriving: [{ id: "on its way", epoch: 7 }] },
    activeReplicas: replicas("active"),
    passiveReplicas: { ...replicas("passive"), retire: (ids) => note("passive", "retire", ids), standbys: () => [kept] },
    replicaStreams: { lastWord: async (id) => note("last state of", id), goesOn: (id) => note("goes on", id) },
    duplicates: { yieldDuplicate: async () => ({ merges: false }), mergeDuplicate: async () => undefined },
    recipients: { reached: async ({ id }: Cell) => note("reached by", id) },
    mail,
  });
  return { ...box, seen, ways, kept, control };
}

describe("a batch of starts", () => {
  test("names those that failed by their position, and starts the others", async () => {
    const { control, context, life } = scene();
    const unknown = { ...order("b"), spec: { ...order("b").spec, actor: "tin" } };
    const failures = await control.start([order("a"), unknown, order("c")]);
    expect(failures).toMatchObject([{ index: 1, error: { code: "StartFailed" } }]);
    expect([...context.cells.keys()]).toEqual(["a", "c"]);
    life.trouble = "init throws";
    expect(await control.start([order("d")])).toMatchObject([
      { index: 0, error: { code: "StartFailed", message: "actor d could not be started: init throws" } },
    ]);
  });

  test("says which of them went on from replicas", async () => {
    const { control } = scene();
    expect(await control.start([order("a"), { ...order("b"), promote: true }])).toEqual([{ index: 1, replica: { handled: 7 } }]);
  });
});

test("what is here is told: what runs, and what is on its way in or out; and what runs is reported again when that is asked", async () => {
  const { control, stage, running, context } = scene();
  await running("a");
  (await running("sealed")).seal(100);
  expect(await control.present(0)).toEqual([
    { id: "a", epoch: 1, running: true },
    { id: "sealed", epoch: 1, running: false },
    { id: "on its way", epoch: 7, running: false },
  ]);
  await control.sayAgain(["a", "sealed", "x"]);
  expect(stage.told).toMatchObject([{ type: "arrived", actors: [{ spec: { id: "a" }, epoch: context.cells.get("a")?.epoch }] }]);
});

test("a start that was given up ends, if it is that very one; what waits for it goes on to where the actor is", async () => {
  const { control, context, running } = scene();
  await running("a");
  await control.cancelStarts([{ id: "a", epoch: 99 }]);
  expect(context.cells.has("a")).toBe(true);
  await control.cancelStarts([{ id: "a", epoch: 1 }]);
  expect(context.cells.has("a")).toBe(false);
});

describe("a stop", () => {
  test("ends the actors; one that is not here is a failure of its own", async () => {
    const { control, context, running } = scene();
    await running("a");
    expect(await control.stop(["x", "a"], 100)).toMatchObject([{ index: 0, error: { code: "ActorNotFound" } }]);
    expect(context.cells.size).toBe(0);
  });

  test("waits for the end of a move that can no longer be given up, and finds the actor gone", async () => {
    const { control, context, running, ways } = scene();
    await running("a");
    let left = (): void => {};
    ways.recalled = new Promise((resolve) => (left = resolve));
    const stopped = control.stop(["a"], 100);
    await settled();
    expect(context.cells.get("a")?.phase).toBe("running");
    context.cells.delete("a");
    left();
    expect(await stopped).toMatchObject([{ error: { code: "ActorNotFound" } }]);
  });

  test("in order to start elsewhere lets a move arrive, and resolves when its last state and its last messages have", async () => {
    const { control, running, ways, seen, context } = scene();
    await running("a");
    ways.recalled = new Promise(() => {});
    ways.concluded = Promise.resolve().then(() => (ways.concluded = undefined));
    expect(await control.stop(["a"], 100, true)).toEqual([]);
    expect([seen, context.cells.size]).toEqual([["goes on a", "last state of a", "reached by a"], 0]);
  });

  test("to stay does not wait for what the actor sent", async () => {
    const { control, running, seen } = scene();
    await running("a");
    await control.stop(["a"], 100);
    expect(seen).toEqual([]);
  });

  test("names an actor that had to be ended by force", async () => {
    const { control, running, stage } = scene();
    const cell = await running("a");
    cell.take(envelope("wait"));
    await settled();
    const stopped = control.stop(["a"], 50);
    await stage.elapse(50);
    expect(await stopped).toMatchObject([{ index: 0, error: { code: "ActorStopped" } }]);
    expect(cell.phase).toBe("ended");
  });
});

describe("replicas", () => {
  const stand = (mode: "active" | "passive", id: string): StandOrder => ({ spec: order(id).spec, active: there, epoch: 1, mode });

  test("stand by their mode", async () => {
    const { control, seen } = scene();
    expect(await control.stand([stand("active", "a"), stand("passive", "b")])).toEqual([]);
    expect(seen).toEqual(["active stands a", "passive stands b"]);
  });

  test("of either mode end by their id", async () => {
    const { control, seen } = scene();
    await control.unstand([{ id: "a", epoch: 1 }]);
    expect(seen).toEqual(["passive ends a", "active ends a"]);
  });

  test("give the states they keep", async () => {
    const { control, kept } = scene();
    expect(await control.standbys(["a"])).toEqual([kept]);
  });

  test("that cannot stand are failures", async () => {
    const { context, mail, control: well, births } = scene();
    const refuses = (): never => {
      throw new AlreadyStarted("no", {});
    };
    const all = { stand: refuses, end: () => {}, retire: () => {}, standbys: () => [] };
    const source = { move: async () => [], recall: () => undefined, concluded: () => undefined };
    const control = new Control(context, {
      ...{
        actor: () => undefined,
        starts: { start: () => void births },
        source,
        target: { arriving: [] },
        activeReplicas: all,
        passiveReplicas: all,
        mail,
      },
      ...{
        replicaStreams: { lastWord: () => undefined, goesOn: () => {} },
        duplicates: well,
        recipients: { reached: async () => {} },
      },
    });
    expect(await control.stand([stand("active", "a")])).toMatchObject([{ index: 0, error: { code: "AlreadyStarted" } }]);
  });
});

test("what is told of an actor changes as long as it has not left", async () => {
  const { control, context } = scene();
  await control.start([order("a")]);
  const cell = context.cells.get("a") as Cell;
  expect([await control.redescribe("b", { tag: "u" }), await control.redescribe("a", { tag: "u" })]).toEqual([false, true]);
  await cell.seal(100);
  expect([await control.redescribe("a", { metadata: { team: 7 } }), cell.spec]).toMatchObject([
    true,
    { tag: "u", metadata: { team: 7 } },
  ]);
  await cell.pack();
  expect([await control.redescribe("a", { tag: null }), cell.spec.tag]).toEqual([false, "u"]);
});

test("the depths of a thread: actors, what waits in mailboxes, and what its mail holds", async () => {
  const { control, running, mail } = scene();
  const cell = await running("a");
  await cell.seal(100);
  cell.take(envelope("add", 1));
  Object.assign(mail.routes, { size: 3, heldEnvelopes: 4 });
  mail.forwardings.size = 5;
  expect(await control.depths()).toEqual({ actors: 1, mailboxes: 1, forwardings: 5, routes: 3, heldEnvelopes: 4 });
});
