import type { Cell } from "@process-hub/actor";
import { describe, expect, test } from "vitest";
import { cellStage } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";

function scene() {
  const seen: string[] = [];
  const note =
    (word: string) =>
    (cell: Cell): void =>
      void seen.push(`${word} ${cell.id}`);
  const box = cellStage({}, { gone: note("gone"), stuck: { begun: note("begun"), ended: note("not in hand") } });
  return { ...box, seen };
}

describe("a cell that ends", () => {
  test("is here no more before anyone hears of it, and the main thread hears last", async () => {
    const { stage, context, running, seen } = scene();
    const cell = await running();
    await cell.stop("stop", 100);
    expect(context.cells.size).toBe(0);
    expect(seen).toEqual(["not in hand a", "gone a"]);
    expect(stage.told).toEqual([{ type: "ended", id: "a", epoch: 1, reason: "stop" }]);
  });

  test("is no news when another has its id here by now", async () => {
    const { stage, context, running, births } = scene();
    const cell = await running();
    const next = births.cell({ spec: cell.spec, epoch: 2, mode: "active", life: { name: "l0", restarts: 0, bornAtMs: 0 } });
    context.cells.set("a", next);
    await cell.stop("stop", 100);
    expect(context.cells.get("a")).toBe(next);
    expect(stage.told).toEqual([]);
  });

  test.each([
    [true, ["give up from a"]],
    [false, []],
  ])("on a node that is fenced (%s), what it wrote that still waits here is given up: %j", async (isFenced, expected) => {
    const { mail, running } = scene();
    const cell = await running();
    mail.isFenced = isFenced;
    await cell.stop("stop", 100);
    expect(mail.seen).toEqual(expected);
  });
});

test("a reply is of the epoch under which the actor runs, and a message that finds none has its own", async () => {
  const { mail, running, host } = scene();
  const cell = await running("a", { epoch: 4 });
  host.reply(envelope("add", 1, { ask: 7, epoch: 3 }), new Uint8Array());
  await cell.stop("stop", 100);
  host.reply(envelope("add", 1, { ask: 8, epoch: 3 }), new Uint8Array());
  expect(mail.seen).toEqual(["reply 7 of epoch 4 ", "reply 8 of epoch 3 "]);
});

test("an answer from beside the handler in hand waits for the whole of what that does, another for the state before it", async () => {
  const { running, mail, context } = scene();
  const cell = await running("a", { watched: true });
  const held: string[] = [];
  const keep = (how: string) => (): boolean => held.push(how) > 0;
  const host = cellStage({}, { held: { hold: keep("held"), holdWhole: keep("whole"), holds: () => false } }).host;
  host.replyWhenSafe(cell, envelope("add", 1, { ask: 7 }), new Uint8Array());
  host.replyWhenSafe(cell, envelope("add", 1, { ask: 8 }), new Uint8Array(), true);
  expect([held, mail.seen, context.cells.size]).toEqual([["held", "whole"], [], 1]);
});

test("an async handler is in hand until it ends", async () => {
  const { stage, running, life, seen } = scene();
  const cell = await running();
  cell.take(envelope("wait"));
  await stage.elapse(0);
  expect(seen).toEqual(["begun a"]);
  life.open();
  await stage.elapse(0);
  expect(seen).toEqual(["begun a", "not in hand a"]);
});

test("a restart is reported with the epoch, and figures go to the thread's counters", async () => {
  const { stage, running, host } = scene();
  const cell = await running("a", { epoch: 4 });
  host.count("restarts");
  host.restarted(cell, { name: "Error", code: "Error", message: "bang", fields: {} });
  expect(stage.news("restarted")).toMatchObject([{ id: "a", epoch: 4, error: { message: "bang" } }]);
  expect(stage.count("restarts")).toBe(1);
});
