import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor, type Lifecycle } from "../definition/definition.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";
import type { Mail } from "./envelope.js";
import { openState, stateBytes } from "./state-wire.js";

const State = z.object({ lines: z.array(z.string()) });
type State = z.output<typeof State>;

/** A running actor that writes lines, at once or when the gate opens, and merges as it is told. */
function pad(conflict: NonNullable<Lifecycle<State>["conflict"]>, stopping?: Lifecycle<State>["stopping"]) {
  const { open, opened } = gate();
  const Pad = defineActor({ name: "pad", module: "file:///pad.js", state: State, init: () => ({ lines: [] as string[] }) })
    .on("write", { input: z.string() }, (state, line) => void state.lines.push(line))
    .on("slow", { input: z.string() }, async (state, line) => {
      await opened;
      state.lines.push(line);
    })
    .on("read", {}, (state) => [...state.lines])
    .lifecycle({ conflict, ...(stopping === undefined ? {} : { stopping }) });
  const all = stage(Pad);
  all.cell.begin();
  return { ...all, open };
}

const both = (mine: State, theirs: State): State => ({ lines: [...mine.lines, ...theirs.lines] });
const theirs = stateBytes({ lines: ["theirs"] });

describe("a duplicate that yields", () => {
  test("ends after its handler in hand and its `stopping`; its state is its last, its mail goes on as it came", async () => {
    const { cell, tell, ask, open, marker, seen, clock } = pad(both, (state) => void state.lines.push("stopped"));
    tell("slow", "slow");
    await clock.run(0);
    tell("write", "never here");
    const unanswered = ask("read");
    const left: Mail[] = [];
    const given = cell.yieldDuplicate(1_000, (mail) => left.push(...mail));
    cell.take(marker(7));
    open();
    const { state, final } = await given;
    expect([openState(state).state, final, cell.phase]).toEqual([{ lines: ["slow", "stopped"] }, true, "ended"]);
    expect(left.map((mail) => (mail.kind === "envelope" ? mail.name : "marker"))).toEqual(["write", "read"]);
    expect(seen.filter((line) => line.startsWith("dead"))).toEqual([]);
    await expect(Promise.race([unanswered, "unanswered"])).resolves.toBe("unanswered");
  });

  test("whose handler does not end is cut off at the deadline: its state is given, and is not to be merged", async () => {
    const { cell, tell, clock } = pad(both);
    tell("write", "one");
    tell("slow", "never");
    await clock.run(0);
    const given = cell.yieldDuplicate(50, () => {});
    await clock.run(50);
    const { state, final } = await given;
    expect([openState(state).state, final]).toEqual([{ lines: ["one"] }, false]);
  });

  test("that has left for another place is ended there, not here: it goes on as it was", async () => {
    const { cell } = pad(both);
    await cell.seal(100);
    await cell.pack();
    await expect(cell.yieldDuplicate(100, () => {})).rejects.toMatchObject({ code: "HandoffFailed" });
    expect(cell.phase).toBe("sent");
  });
});

test("a duplicate that yields, and whose `handoff.prepare` does not end, gives no state, and says why", async () => {
  const Hangs = defineActor({ name: "pad", module: "file:///pad.js", state: State, init: () => ({ lines: [] }) }).handoff({
    prepare: () => new Promise<never>(() => {}),
    restore: (): State => ({ lines: [] }),
  });
  const { cell, clock } = stage(Hangs);
  cell.begin();
  const given = expect(cell.yieldDuplicate(50, () => {})).rejects.toThrow("handoff.prepare of actor a did not end within 50 ms");
  await clock.run(50);
  await given;
  expect(cell.phase).toBe("ended");
});

describe("a duplicate that merges another's state", () => {
  test("merges between two handlers: after the one in hand, before the next", async () => {
    const { cell, tell, ask, open, clock } = pad(both);
    tell("slow", "slow");
    await clock.run(0);
    tell("write", "next");
    const merged = cell.mergeDuplicate(theirs, 1_000);
    open();
    await merged;
    await expect(ask("read")).resolves.toEqual(["slow", "theirs", "next"]);
  });

  test("waits for what changes the state beside the mailbox: nothing of that is lost", async () => {
    const { open, opened } = gate();
    const Pad = defineActor({ name: "pad", module: "file:///pad.js", state: State, init: () => ({ lines: [] as string[] }) })
      .on("mark", { input: z.string(), concurrent: "mutates" }, async (state, line) => {
        await opened;
        state.lines.push(line);
      })
      .on("read", {}, (state) => [...state.lines])
      .lifecycle({ conflict: both });
    const { cell, ask, clock } = stage(Pad);
    cell.begin();
    const marked = ask("mark", "beside");
    await clock.run(0);
    const merged = cell.mergeDuplicate(theirs, 1_000);
    await clock.run(10);
    open();
    await Promise.all([marked, merged]);
    await expect(ask("read")).resolves.toEqual(["beside", "theirs"]);
  });

  test("of several, takes one after the other", async () => {
    const { cell, ask } = pad(both);
    await Promise.all(["a", "b", "c"].map((line) => cell.mergeDuplicate(stateBytes({ lines: [line] }), 1_000)));
    await expect(ask("read")).resolves.toEqual(["a", "b", "c"]);
  });

  test.each<[string, NonNullable<Lifecycle<State>["conflict"]>, string]>([
    [
      "throws",
      (mine) => {
        mine.lines.push("half");
        throw new RangeError("no");
      },
      "RangeError",
    ],
    ["gives what is no state", () => ({}) as State, "InvalidState"],
    ["rejects", async () => Promise.reject(new TypeError("no")), "TypeError"],
  ])("keeps its own when the merge %s, and serves on", async (_what, conflict, name) => {
    const { cell, tell, ask } = pad(conflict);
    tell("write", "mine");
    await expect(ask("read")).resolves.toEqual(["mine"]);
    await expect(cell.mergeDuplicate(theirs, 1_000)).rejects.toMatchObject({ name });
    await expect(ask("read")).resolves.toEqual(["mine"]);
  });

  test("keeps its own when the other's state does not fit", async () => {
    const { cell, ask } = pad(both);
    await expect(cell.mergeDuplicate(stateBytes({ lines: 5 }), 1_000)).rejects.toMatchObject({ code: "InvalidState" });
    await expect(ask("read")).resolves.toEqual([]);
  });

  test("gives up a merge that does not end, and drops its late result", async () => {
    const { open, opened } = gate();
    let signal: AbortSignal | undefined;
    const { cell, ask, clock } = pad(async (mine, other, ctx) => {
      signal = ctx.signal;
      await opened;
      return both(mine, other);
    });
    const merged = cell.mergeDuplicate(theirs, 100).catch((error: { code?: string }) => error.code);
    await clock.run(100);
    open();
    expect([await merged, signal?.aborted]).toEqual(["AskTimeout", true]);
    await clock.run(0);
    await expect(ask("read")).resolves.toEqual([]);
  });

  test("does not when it moves: the asker looks for it at its next place", async () => {
    const { cell, tell, open, clock } = pad(both);
    tell("slow", "slow");
    await clock.run(0);
    const merged = cell.mergeDuplicate(theirs, 1_000).catch((error: { code?: string }) => error.code);
    const sealed = cell.seal(1_000);
    open();
    expect([await merged, await sealed, cell.state]).toEqual(["HandoffFailed", true, { lines: ["slow"] }]);
  });
});
