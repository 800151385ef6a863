import { expect, test } from "vitest";
import { z } from "zod";
import { defineActor, type Lifecycle } from "../definition/definition.js";
import { gate } from "../fixtures/gate.js";
import { stage } from "../fixtures/stage.js";

const State = z.object({ games: z.int() });
type Moving = NonNullable<Lifecycle<z.output<typeof State>>["moving"]>;

/** A running room, which says of its moves what the test says, and plays until the gate opens. */
function room(moving?: Moving) {
  const { open, opened } = gate();
  const Room = defineActor({ name: "room", module: "file:///room.js", state: State, init: () => ({ games: 0 }) })
    .on("play", {}, async (state) => {
      state.games++;
      await opened;
      state.games--;
    })
    .on("read", {}, (state) => state.games);
  const all = stage(moving === undefined ? Room : Room.lifecycle({ moving }));
  all.cell.begin();
  return { ...all, open };
}

const move = { to: "b", why: "drain" } as const;

test("an actor is asked between two handlers, with where it is to go and why", async () => {
  const asked: unknown[] = [];
  const { cell, tell, open, clock } = room((state, planned, ctx) => {
    asked.push([state.games, planned, ctx.id]);
    return state.games > 0 ? { deferMs: 50 } : undefined;
  });
  tell("play");
  await clock.run(0);
  const answer = cell.consent(move, 1_000);
  await clock.run(10);
  expect(asked).toEqual([]);
  open();
  expect(await answer).toBe(0);
  expect(asked).toEqual([[0, move, cell.id]]);
  expect(cell.phase).toBe("running");
});

test("what it answers at once needs no turn", () => {
  const { cell } = room(() => ({ deferMs: 50 }));
  expect([cell.asksToMove, cell.consent(move, 1_000)]).toEqual([true, 50]);
  const plain = room();
  expect([plain.cell.asksToMove, plain.cell.consent(move, 1_000)]).toEqual([false, 0]);
});

test("it handles nothing while it thinks, and goes on with its mail then", async () => {
  const { open, opened } = gate();
  const { cell, ask, clock } = room(async () => {
    await opened;
    return { deferMs: 7 };
  });
  const answer = cell.consent(move, 1_000);
  const read = ask("read");
  await clock.run(10);
  expect(await Promise.race([read, "waits"])).toBe("waits");
  open();
  expect([await answer, await read]).toEqual([7, 0]);
});

test.each<[string, Moving]>([
  ["throws", () => Promise.reject(new Error("no"))],
  [
    "throws at once",
    () => {
      throw new Error("no");
    },
  ],
  ["never answers", () => new Promise(() => {})],
  ["answers anything else", () => "later" as never],
  ["answers a time that is none", () => ({ deferMs: Number.NaN })],
])("one that %s moves, and works on", async (_, moving) => {
  const { cell, ask, clock, seen } = room(moving);
  const answer = cell.consent(move, 100);
  await clock.run(200);
  expect(await answer).toBe(0);
  expect(seen.filter((line) => line.includes("moving of actor")).length).toBeLessThanOrEqual(1);
  const read = ask("read");
  await clock.run(0);
  expect(await read).toBe(0);
});

test("one whose handler does not end by the deadline is not asked: the move waits for that handler as it does", async () => {
  let asked = 0;
  const { cell, tell, clock } = room(() => void asked++);
  tell("play");
  await clock.run(0);
  const answer = cell.consent(move, 100);
  await clock.run(100);
  expect([await answer, asked]).toEqual([0, 0]);
});
