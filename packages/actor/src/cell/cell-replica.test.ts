import { encode } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";
import { openState, stateBytes } from "./state-wire.js";
import type { FrozenTimer } from "./timers.js";

const head = { name: "c", module: "file:///c.js", state: z.object({ n: z.int(), heard: z.array(z.string()) }) };
/** Writes down what its lifecycle tells it. */
const Copied = defineActor({
  ...head,
  init: (_, ctx) => {
    ctx.schedule("tick", 100, "add");
    return { n: 0, heard: [] };
  },
})
  .on("add", {}, (state) => void state.n++)
  .on("read", {}, ({ n, heard }, _, { mode }) => ({ n, heard, mode }))
  .lifecycle({
    started: (state) => void state.heard.push("started"),
    signal: (state, mode) => void state.heard.push(mode),
  });

const refused = (error: unknown): void => expect(error).toBeUndefined();

describe("a passive replica", () => {
  test("begins and hears of its mode, is not started, handles nothing, and its timers wait", async () => {
    const { cell, clock, seen } = stage(Copied, { mode: "passive", limits: { signals: "all" } });
    cell.begin();
    await clock.run(1_000);
    expect([cell.phase, cell.state]).toEqual(["passive", { n: 0, heard: ["passive"] }]);
    expect(cell.frozenTimers).toMatchObject([{ key: "tick", inMs: 100, name: "add" }]);
    expect([seen, clock.pending]).toEqual([[], 0]);
  });

  test.each([
    ["none", []],
    ["active", []],
    ["passive", ["passive"]],
  ] as const)("hears what the strategy lets it hear: %s", (signals, heard) => {
    const { cell } = stage(Copied, { mode: "passive", limits: { signals } });
    cell.begin();
    expect(cell.state).toEqual({ n: 0, heard });
  });
});

test("a passive replica that is discarded while it hears of its mode has ended, whatever `signal` does then", async () => {
  const { opened, open } = gate();
  const Slow = defineActor({ ...head, init: () => ({ n: 0, heard: [] }) }).lifecycle({ signal: () => opened });
  const { cell, clock } = stage(Slow, { mode: "passive", limits: { signals: "all" } });
  const begun = cell.begin();
  cell.discard();
  open();
  await begun;
  await clock.run(0);
  expect(cell.phase).toBe("ended");
});

describe("an actor that goes on from the state of a replica", () => {
  const timers = [{ key: "tick", inMs: 30, name: "add", payload: encode(undefined) }];

  test("has its state and its timers, is started and hears that it is active", async () => {
    const { cell, ask, clock } = stage(Copied, { limits: { signals: "active" } });
    cell.begin({ wire: stateBytes({ n: 5, heard: [] }), timers });
    expect(await ask("read")).toEqual({ n: 5, heard: ["started", "active"], mode: "active" });
    await clock.run(31);
    expect(await ask("read")).toMatchObject({ n: 6 });
  });

  test("goes on without a timer whose time zone is not known here, and says so", async () => {
    const cron = { expression: "0 3 * * *", timeZone: "Moon/Tycho", atMs: 1e15 };
    const { cell, ask, seen } = stage(Copied);
    cell.begin({ wire: stateBytes({ n: 5, heard: [] }), timers: [{ ...timers[0], key: "night", cron } as FrozenTimer] });
    expect(await ask("read")).toMatchObject({ n: 5 });
    expect([cell.timers.isEmpty, seen.join()]).toEqual([true, expect.stringContaining("timer night of actor a ends")]);
  });

  test("restores what is not plain data as a move does", async () => {
    const Wired = defineActor({ ...head, state: z.object({ n: z.bigint() }), init: () => ({ n: 0n }) })
      .on("read", {}, ({ n }) => Number(n))
      .handoff({ prepare: ({ n }) => String(n), restore: async (wire) => ({ n: BigInt(wire) }) });
    const { cell, ask } = stage(Wired);
    const wires: unknown[] = [];
    await cell.begin({ wire: stateBytes("7"), timers: [] });
    expect(await ask("read")).toBe(7);
    cell.readReplicaState((wire) => wires.push(openState(wire).state), refused);
    expect(wires).toEqual(["7"]);
  });

  test("does not begin with a state that its schema refuses", () => {
    const { cell } = stage(Copied);
    expect(() => cell.begin({ wire: stateBytes({ n: "five" }), timers: [] })).toThrow("state of actor c");
  });
});

describe("a watched cell", () => {
  test("tells of its state after each message, a restart, and at its end", async () => {
    const Text = defineActor({ ...head, state: z.string(), init: () => "new", onError: "restart" })
      .on("stay", {}, () => {})
      .on("fail", {}, () => Promise.reject(new RangeError("x")));
    const { cell, tell, clock, seen } = stage(Text, { watched: true });
    cell.begin();
    tell("stay");
    tell("fail");
    await clock.run(1);
    await cell.stop("stop", 100);
    expect(seen).toEqual(["changed new false", "restarted: x", "changed new false", "changed new true", "ended: stop"]);
  });

  test("begins no handler while an async prepare copies its state", async () => {
    const { open, opened } = gate();
    const Slow = defineActor({ ...head, init: () => ({ n: 0, heard: [] }) })
      .on("add", {}, (state) => void state.n++)
      .handoff({
        prepare: async (state) => {
          await opened;
          return { ...state };
        },
        restore: (wire) => wire,
      });
    const { cell, tell, clock } = stage(Slow, { watched: true });
    cell.begin();
    const states: unknown[] = [];
    cell.readReplicaState((wire) => states.push(openState(wire).state), refused);
    tell("add");
    await clock.run(1);
    expect([cell.between, cell.state]).toEqual([false, { n: 0, heard: [] }]);
    open();
    await clock.run(1);
    expect([states, cell.state]).toEqual([[{ n: 0, heard: [] }], { n: 1, heard: [] }]);
  });

  test("does not keep a sealed actor from leaving: a state that is prepared meanwhile still goes out", async () => {
    const { open, opened } = gate();
    let calls = 0;
    const Slow = defineActor({ ...head, init: () => ({ n: 0, heard: [] }) }).handoff({
      prepare: async (state) => {
        if (++calls === 1) await opened;
        return state;
      },
      restore: (wire) => wire,
    });
    const { cell, clock } = stage(Slow, { watched: true });
    cell.begin();
    await cell.seal(100);
    const states: unknown[] = [];
    cell.readReplicaState((wire) => states.push(openState(wire).state), refused);
    await cell.pack();
    cell.depart();
    expect([cell.phase, states]).toEqual(["ended", []]);
    open();
    await clock.run(1);
    expect([cell.phase, states]).toEqual(["ended", [{ n: 0, heard: [] }]]);
  });
});
