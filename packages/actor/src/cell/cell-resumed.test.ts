import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor, type ResumedWhy } from "../definition/definition.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";
import { stateBytes } from "./state-wire.js";

const head = {
  ...{ name: "r", module: "file:///r.js", state: z.object({ heard: z.array(z.string()) }) },
  init: (): { heard: string[] } => ({ heard: [] }),
};
type State = { heard: string[] };
const resuming = (resumed: (state: State, why: ResumedWhy) => void | Promise<void>) =>
  defineActor(head)
    .on("read", {}, ({ heard }) => heard)
    .lifecycle({
      started: ({ heard }) => void heard.push("started"),
      signal: ({ heard }, mode) => void heard.push(mode),
      resumed: (state, _ctx, why) => resumed(state, why),
    });
const noting = resuming(({ heard }, why) => void heard.push(why));

describe("an actor hears that it goes on", () => {
  test.each([
    [true, ["0", "active", "move"]],
    [false, ["0", "move"]],
  ])("after a move, before its next handler (to another node: %s)", async (isNewNode, heard) => {
    const { cell, ask } = stage(noting, { limits: { signals: "active" } });
    await cell.load(stateBytes({ heard: ["0"] }), [], { timers: [] });
    const read = ask("read");
    cell.commit(isNewNode);
    expect(await read).toEqual(heard);
  });

  test("from the state of a replica, after it was started", async () => {
    const { cell, ask } = stage(noting, { limits: { signals: "active" } });
    cell.begin({ wire: stateBytes({ heard: ["0"] }), timers: [] });
    expect(await ask("read")).toEqual(["0", "started", "active", "takeOver"]);
  });

  test("and not when it begins with `init`, or as a passive replica, or goes on at its source", async () => {
    const { cell, ask } = stage(noting);
    cell.begin();
    await cell.seal(100);
    await cell.pack();
    cell.unseal(2);
    expect(await ask("read")).toEqual(["started"]);
    const passive = stage(noting, { mode: "passive" });
    passive.cell.begin({ wire: stateBytes({ heard: ["0"] }), timers: [] });
    expect(passive.cell.state).toEqual({ heard: ["0"] });
  });
});

describe("while `resumed` runs", () => {
  test("no handler does", async () => {
    const { opened, open } = gate();
    const { cell, ask, clock } = stage(resuming(({ heard }) => opened.then(() => void heard.push("later"))));
    await cell.load(stateBytes({ heard: [] }), [], { timers: [] });
    const read = ask("read");
    cell.commit(false);
    await clock.run(10);
    open();
    expect(await read).toEqual(["later"]);
  });

  test.each(["throws", "rejects"])("what it %s is logged, and the actor goes on", async (how) => {
    const failing = resuming(() => {
      if (how === "throws") throw new Error("no");
      return Promise.reject(new Error("no"));
    });
    const moved = stage(failing);
    await moved.cell.load(stateBytes({ heard: [] }), [], { timers: [] });
    moved.cell.commit(true);
    expect(await moved.ask("read")).toEqual([]);
    const taken = stage(failing);
    await taken.cell.begin({ wire: stateBytes({ heard: [] }), timers: [] });
    expect(await taken.ask("read")).toEqual(["started"]);
  });
});
