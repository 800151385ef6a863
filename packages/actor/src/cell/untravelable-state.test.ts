import { expect, test, vi } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { stage } from "../fixtures/stage.js";

class Board {}

const Boards = defineActor({
  name: "b",
  module: "file:///b.js",
  state: z.object({ cells: z.array(z.any()) }),
  init: () => ({ cells: [] }),
})
  .on("put", {}, (state) => void state.cells.push(new Board()))
  .on("look", {}, () => 1);

test("a state that cannot travel any more is logged with its path, after the 1st, 2nd, 4th ... message", async () => {
  const { cell, ask, host } = stage(Boards);
  const log = vi.spyOn(host, "log");
  cell.begin();
  await ask("look");
  expect(log).not.toHaveBeenCalled();
  await ask("put");
  const text = expect.stringMatching(/^actor a cannot move since put: state\.cells\[0\] is an instance of Board/);
  expect(log).toHaveBeenCalledWith("error", "a", text, expect.objectContaining({ code: "NotSerializable" }));
  await ask("look");
  expect(log).toHaveBeenCalledTimes(1);
});

test("one with a `handoff` may be anything", async () => {
  const { cell, ask, host } = stage(Boards.handoff({ prepare: () => 1, restore: () => ({ cells: [] }) }));
  const log = vi.spyOn(host, "log");
  cell.begin();
  await ask("put");
  expect(log).not.toHaveBeenCalled();
});
