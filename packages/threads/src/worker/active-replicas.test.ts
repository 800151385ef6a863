import { describe, expect, test } from "vitest";
import { ActiveReplicas } from "./active-replicas.js";
import { cellStage, order } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { here, there } from "./fixtures/thread-stage.js";

function scene() {
  const box = cellStage();
  const { births, mail, context } = box;
  const replicas = new ActiveReplicas(context, { births, forward: mail.forward, deliverAll: mail.deliverAll });
  const stand = async (epoch = 11): Promise<void> => replicas.stand({ spec: order().spec, active: there, epoch, mode: "active" });
  const promote = (epoch: number, promotes = true): boolean =>
    replicas.promote({ ...order("a", epoch, 77), ...(promotes ? { promote: true } : {}) });
  return { ...box, replicas, stand, promote };
}

describe("standing", () => {
  test("is a cell under its own epoch", async () => {
    const { replicas, context, stand } = scene();
    await stand();
    expect(replicas.has("a")).toBe(true);
    expect(context.cells.get("a")).toMatchObject({ phase: "running", epoch: 11 });
  });

  test("one that stands goes on: a second order changes nothing", async () => {
    const { context, stand } = scene();
    await stand(11);
    const cell = context.cells.get("a");
    await stand(12);
    expect([context.cells.get("a"), cell?.epoch]).toEqual([cell, 11]);
  });

  test("is refused beside the actor itself, which is left alone", async () => {
    const { replicas, stand, running } = scene();
    const cell = await running();
    await expect(stand()).rejects.toMatchObject({ code: "AlreadyStarted" });
    expect([replicas.has("a"), cell.phase]).toEqual([false, "running"]);
  });

  test("is refused while one before it is about to end", async () => {
    const { replicas, context, stand } = scene();
    await stand();
    context.cells.get("a")?.take(envelope("wait", undefined, { epoch: 11 }));
    await Promise.resolve();
    void replicas.end("a");
    await expect(stand(12)).rejects.toMatchObject({ code: "AlreadyStarted" });
  });

  test("whose init fails is none", async () => {
    const { stage, replicas, context, stand, life } = scene();
    life.trouble = "init hangs";
    const failed = expect(stand()).rejects.toThrow("did not end within 300 ms");
    await stage.elapse(300);
    await failed;
    expect([replicas.has("a"), context.cells.size]).toEqual([false, 0]);
  });
});

describe("ending", () => {
  test("waits for the handler in hand; the mail that waits goes back to its senders, in order", async () => {
    const { stage, replicas, context, mail, stand, life } = scene();
    await stand();
    const cell = context.cells.get("a");
    for (const [name, input] of [
      ["wait", undefined],
      ["add", 1],
      ["add", 2],
    ] as const)
      cell?.take(envelope(name, input));
    await stage.elapse(0);
    const ending = replicas.end("a");
    await stage.elapse(100);
    expect(context.cells.get("a")).toBe(cell);
    life.open();
    await ending;
    expect(mail.delivered.map((each) => each.kind === "envelope" && each.name)).toEqual(["add", "add"]);
    expect([replicas.has("a"), context.cells.size]).toEqual([false, 0]);
  });

  test("refuses the asks that it was to answer later: the actor itself knows nothing of them", async () => {
    const { replicas, context, mail, stand } = scene();
    await stand();
    context.cells
      .get("a")
      ?.makeOwed()
      .owe(envelope("add", 1, { ask: 9 }));
    await replicas.end("a");
    expect(mail.seen).toContain("reply 9 of epoch 11 OutcomeUnknown");
  });

  test("so it does with those that its last handler puts off", async () => {
    const { stage, replicas, context, mail, stand, life } = scene();
    await stand();
    const cell = context.cells.get("a");
    cell?.take(envelope("wait"));
    await stage.elapse(0);
    const ending = replicas.end("a");
    cell?.makeOwed().owe(envelope("add", 1, { ask: 9 }));
    life.open();
    await ending;
    expect(mail.seen).toContain("reply 9 of epoch 11 OutcomeUnknown");
  });

  test("is one end, however often it is ordered; none, where none stands", async () => {
    const { replicas, stand } = scene();
    expect(replicas.end("a")).toBeUndefined();
    await stand();
    expect(replicas.end("a")).toBe(replicas.end("a"));
  });

  test("is by force when the handler does not end in the time of a handoff's step: what waits behind it goes back all the same", async () => {
    const { stage, replicas, context, mail, stand } = scene();
    await stand();
    for (const name of ["wait", "add"]) context.cells.get("a")?.take(envelope(name));
    await stage.elapse(0);
    const ending = replicas.end("a");
    await stage.elapse(401);
    await ending;
    expect([replicas.has("a"), context.cells.size]).toEqual([false, 0]);
    expect(mail.delivered.map((each) => each.kind === "envelope" && each.name)).toEqual(["add"]);
  });

  test("by itself is noted; the end of another cell of its id is not", async () => {
    const { replicas, context, births, stand } = scene();
    await stand();
    const cell = context.cells.get("a");
    replicas.ended(births.cell({ ...order(), mode: "active" }));
    expect(replicas.has("a")).toBe(true);
    if (cell !== undefined) replicas.ended(cell);
    expect(replicas.has("a")).toBe(false);
  });
});

describe("promotion", () => {
  test("makes the replica the actor: its state goes on under the actor's epoch and birth, and mail for the old epoch follows", async () => {
    const { replicas, context, mail, stand, promote } = scene();
    await stand();
    const cell = context.cells.get("a");
    expect(promote(21)).toBe(true);
    expect(cell).toMatchObject({ phase: "running", epoch: 21, usedEpoch: 21, life: { name: "l77", restarts: 0, bornAtMs: 77 } });
    expect(context.cells.get("a")).toBe(cell);
    expect([replicas.has("a"), mail.seen]).toEqual([false, [`forward a.11 ${here} 21`]]);
  });

  test("is for an order that says so, and for a replica that runs", async () => {
    const { replicas, context, stand, promote } = scene();
    expect(promote(21)).toBe(false);
    await stand();
    expect(promote(21, false)).toBe(false);
    context.cells.get("a")?.take(envelope("wait", undefined, { epoch: 11 }));
    await Promise.resolve();
    void replicas.end("a");
    expect(promote(21)).toBe(false);
    expect(context.cells.get("a")?.epoch).toBe(11);
  });
});
