import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type AnyActor, defineActor } from "../definition/definition.js";
import { stage } from "../fixtures/stage.js";
import { arrivedState, fittingState } from "./cell-start.js";
import { mergeStates } from "./merge-states.js";
import { stateBytes } from "./state-wire.js";

const Basket = defineActor({
  name: "basket",
  module: "file:///basket.js",
  state: z.object({ lines: z.array(z.string()) }),
  init: () => ({ lines: [] }),
});
const travels = {
  prepare: (state: { lines: string[] }) => state.lines.join(),
  restore: (wire: string) => ({ lines: wire.split(",") }),
};

function merge(actor: AnyActor, mine: unknown, theirs: unknown): Promise<unknown> {
  const { cell } = stage(actor);
  const arrived = (wire: Uint8Array): unknown => arrivedState(cell, wire);
  const fitting = (state: unknown): unknown => fittingState(cell, state);
  return mergeStates(mine, stateBytes(theirs), { behaviour: actor.behaviour, context: cell.context, arrived, fitting });
}

describe("the merge of two states", () => {
  test("without a `conflict` the one that goes on keeps its own", async () => {
    const mine = { lines: ["a"] };
    expect(await merge(Basket, mine, { lines: ["b"] })).toBe(mine);
  });

  test("is what `conflict` makes of both", async () => {
    const both = Basket.lifecycle({ conflict: (mine, theirs) => ({ lines: [...mine.lines, ...theirs.lines] }) });
    expect(await merge(both, { lines: ["a"] }, { lines: ["b"] })).toEqual({ lines: ["a", "b"] });
  });

  test("takes both as they travel", async () => {
    const both = Basket.handoff(travels).lifecycle({ conflict: (mine, theirs) => ({ lines: [...theirs.lines, ...mine.lines] }) });
    expect(await merge(both, { lines: ["a", "b"] }, "c,d")).toEqual({ lines: ["c", "d", "a", "b"] });
  });

  test("one that throws half way leaves the state as it was", async () => {
    const mine = { lines: ["a"] };
    const broken = Basket.lifecycle({
      conflict: (own) => {
        own.lines.push("half");
        throw new RangeError("no");
      },
    });
    await expect(merge(broken, mine, { lines: [] })).rejects.toThrow("no");
    expect(mine).toEqual({ lines: ["a"] });
  });

  test("that fits no state is refused", async () => {
    await expect(merge(Basket.lifecycle({ conflict: () => ({}) as never }), { lines: [] }, { lines: [] })).rejects.toThrow();
    await expect(merge(Basket.lifecycle({ conflict: (mine) => mine }), { lines: [] }, { lines: 5 })).rejects.toThrow();
  });
});
