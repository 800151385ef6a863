import { describe, expect, test } from "vitest";
import { cellStage, order } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";

test("an actor that the thread does not know is refused, with those it knows", () => {
  const { births } = cellStage();
  expect(() => births.behaviour("tin")).toThrow('no actor named "tin" is defined on node n; `actors` of its hub lists: box');
});

test.each([
  [undefined, false],
  [true, true],
])("where standby is %s, that the host hears of an active cell's changes is %s", (standby, watched) => {
  const { births } = cellStage(standby === undefined ? {} : { standby });
  expect(births.activeCell(order()).watched).toBe(watched);
});

test.each([
  [["n"], false],
  [["n", "n"], false],
  [["n", "m"], true],
  [["m"], true],
])("an actor that may run on %j can have a replica: %s", (nodes, watched) => {
  const { births } = cellStage({ standby: true });
  const { spec, ...rest } = order();
  expect(births.activeCell({ ...rest, spec: { ...spec, nodes } }).watched).toBe(watched);
});

describe("an actor that begins", () => {
  test("is among the cells from the start, and runs at once when its init is not async", () => {
    const { births, context } = cellStage();
    expect(births.begin(order(), undefined)).toBeUndefined();
    expect(context.cells.get("a")).toMatchObject({
      phase: "running",
      epoch: 1,
      life: { name: "l5", restarts: 0, bornAtMs: 5 },
      state: { sum: 0 },
    });
  });

  test("from an origin, goes on from its state", () => {
    const { births, context } = cellStage();
    births.begin(order(), { state: { sum: 7 }, timers: [] });
    expect(context.cells.get("a")?.state).toEqual({ sum: 7 });
  });
});

describe("a start that fails leaves nothing behind", () => {
  test("when init throws: no cell", () => {
    const { births, context, life } = cellStage();
    life.trouble = "init throws";
    expect(() => births.begin(order(), undefined)).toThrow("init throws");
    expect(context.cells.size).toBe(0);
  });

  test("when init does not end in time: no cell is left, and the mail that came for it is delivered anew", async () => {
    const { stage, births, context, mail, life } = cellStage();
    life.trouble = "init hangs";
    const begun = births.begin(order(), undefined);
    context.cells.get("a")?.take(envelope("add", 1));
    const failed = expect(begun).rejects.toThrow("the init of actor a did not end within 300 ms");
    await stage.elapse(299);
    expect(context.cells.size).toBe(1);
    await stage.elapse(1);
    await failed;
    expect([context.cells.size, mail.delivered.map(({ to }) => to)]).toEqual([0, ["a"]]);
  });

  test("an init that ends after its deadline brings nothing back", async () => {
    const { stage, births, context, life } = cellStage();
    life.trouble = "init hangs";
    const failed = expect(births.begin(order(), undefined)).rejects.toThrow("did not end");
    await stage.elapse(300);
    life.open();
    await stage.elapse(0);
    await failed;
    expect(context.cells.size).toBe(0);
  });

  test("one whose place another cell has taken leaves that cell alone", async () => {
    const { stage, births, context, life } = cellStage();
    life.trouble = "init hangs";
    const failed = expect(births.begin(order(), undefined)).rejects.toThrow("did not end");
    const other = births.cell({ ...order("a", 2), mode: "active" });
    context.cells.set("a", other);
    await stage.elapse(300);
    await failed;
    expect(context.cells.get("a")).toBe(other);
  });
});

test("an init that ends in time leaves no timer behind", async () => {
  const { stage, births, life } = cellStage();
  life.trouble = "init hangs";
  const begun = births.begin(order(), undefined);
  life.open();
  await begun;
  expect(stage.clock.nextAtMs).toBeUndefined();
});
