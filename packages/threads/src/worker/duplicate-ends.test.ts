import { openState, stateBytes } from "@process-hub/actor";
import { describe, expect, test } from "vitest";
import { DuplicateEnds } from "./duplicate-ends.js";
import { cellStage } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { settled } from "./fixtures/thread-stage.js";

/** Both ends on one thread; `ways` has what an actor on its way out has to wait for. */
function scene() {
  const box = cellStage();
  const ways: { recalled: Promise<void> | undefined; concluded: Promise<void> | undefined } = {
    recalled: undefined,
    concluded: undefined,
  };
  const ends = new DuplicateEnds(box.context, {
    actor: (id) => box.context.cells.get(id),
    source: { recall: () => ways.recalled, concluded: () => ways.concluded },
    deliverAll: box.mail.deliverAll,
  });
  return { ...box, ways, ends };
}

describe("the duplicate that goes", () => {
  test("yields its state, which the other is to merge, and its mail goes back as given up", async () => {
    const { stage, ends, running, mail, context } = scene();
    const cell = await running();
    cell.take(envelope("add", 3));
    cell.take(envelope("wait"));
    cell.take(envelope("add", 9));
    await settled();
    const yielded = ends.yieldDuplicate("a", "l5", 100);
    await stage.elapse(100);
    const { state, merges } = await yielded;
    expect(state && openState(state).state).toEqual({ sum: 3 });
    expect(merges).toBe(false);
    expect([mail.delivered.map(({ kind }) => kind), mail.seen.includes("given up a")]).toEqual([["envelope"], true]);
    expect(context.cells.size).toBe(0);
  });

  test("is merged when no handler of it was cut off", async () => {
    const { ends, running } = scene();
    await running();
    expect(await ends.yieldDuplicate("a", "l5", 100)).toMatchObject({ merges: true });
  });

  test("is the one of that birth: another life of the actor is left alone", async () => {
    const { ends, running } = scene();
    const cell = await running("a", { life: { name: "l6", restarts: 0, bornAtMs: 6 } });
    expect(await ends.yieldDuplicate("a", "l5", 100)).toMatchObject({ merges: false, error: { code: "ActorNotFound" } });
    expect(cell.phase).toBe("running");
  });

  test("that is on its way out is not confused with the next life that has started here", async () => {
    const { ends, running, births, context, ways } = scene();
    await running();
    let left = (): void => {};
    ways.recalled = new Promise((resolve) => (left = resolve));
    const yielded = ends.yieldDuplicate("a", "l5", 100);
    const next = births.cell({
      spec: { id: "a", actor: "box", args: undefined, restart: "permanent" },
      epoch: 9,
      mode: "active",
      life: { name: "l7", restarts: 0, bornAtMs: 7 },
    });
    context.cells.set("a", next);
    left();
    expect(await yielded).toMatchObject({ merges: false, error: { code: "ActorNotFound" } });
    expect(context.cells.get("a")).toBe(next);
  });
});

describe("the duplicate that stays", () => {
  test("merges the state of the other", async () => {
    const { ends, running } = scene();
    const cell = await running();
    cell.take(envelope("add", 3));
    await settled();
    expect(await ends.mergeDuplicate("a", stateBytes({ sum: 4 }), 100)).toBeUndefined();
    expect(cell.state).toEqual({ sum: 7 });
  });

  test("merges when it is not on its way out any more", async () => {
    const { ends, running, ways } = scene();
    const cell = await running();
    let concluded = (): void => {};
    ways.concluded = new Promise((resolve) => (concluded = resolve));
    const merged = ends.mergeDuplicate("a", stateBytes({ sum: 4 }), 100);
    await settled();
    expect(cell.state).toEqual({ sum: 0 });
    concluded();
    await merged;
    expect(cell.state).toEqual({ sum: 4 });
  });

  test.each([
    ["is not here", "x", { sum: 1 }, "ActorNotFound"],
    ["gets a state that does not do", "a", { sum: "much" }, "InvalidState"],
  ])("that %s answers with the error, and never rejects", async (_, id, theirs, code) => {
    const { ends, running } = scene();
    const cell = await running();
    expect(await ends.mergeDuplicate(id, stateBytes(theirs), 100)).toMatchObject({ code });
    expect(cell.state).toEqual({ sum: 0 });
  });
});
