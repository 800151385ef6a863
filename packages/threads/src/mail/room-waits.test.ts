import type { Room } from "@process-hub/actor";
import { type ActorId, FrameKind, type PlaceId, type RoomFrame, type WaitsFrame, type WidenFrame } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { FullActors } from "./full-actors.js";
import { RoomWaits } from "./room-waits.js";

type RoomWord = RoomFrame | WaitsFrame | WidenFrame;

/** Places whose actors wait for each other; `home` says where each actor is, and frames go between them at once. */
function places(home: Record<ActorId, PlaceId>) {
  const clock = new VirtualClock();
  const frames: string[] = [];
  const widened: ActorId[] = [];
  const state = { widens: true };
  const away = new Set<ActorId>();
  const names = [...new Set(Object.values(home))];
  const fulls = new Map(names.map((name) => [name, new FullActors()]));
  const full = (at: PlaceId): FullActors => fulls.get(at) ?? new FullActors();
  const blocked = new Set<ActorId>();
  const say = (id: ActorId, hasRoom: boolean): void => {
    for (const [name, actors] of fulls) {
      if (!hasRoom) actors.add(id, home[id] ?? "");
      else if (actors.delete(id, home[id] ?? "")) waits.get(name)?.look(id);
    }
  };
  const take = (to: PlaceId, frame: RoomWord, from: PlaceId): void => {
    if (frame[0] === FrameKind.waits) waits.get(to)?.asked(frame, from);
    else if (frame[0] === FrameKind.widen) {
      widened.push(frame[1]);
      if (state.widens) say(frame[1], true);
    } else if (full(to).delete(frame[1], from)) waits.get(to)?.look(frame[1]);
  };
  const waits = new Map<PlaceId, RoomWaits>(
    names.map((place) => [
      place,
      new RoomWaits({
        place,
        clock,
        full: full(place),
        hasWay: (id) => !blocked.has(id),
        isAway: (id) => blocked.has(id),
        giveUpMs: 1_000,
        find: (id) => (home[id] === place && !away.has(id) ? { isFullFor: (asks) => full(asks).has(id) } : undefined),
        send: (to, frame) => {
          frames.push(`${frame[0]} ${frame[1]} ${place}>${to}`);
          queueMicrotask(() => take(to, frame, place));
        },
      }),
    ]),
  );
  const outcomes = new Map<ActorId, Room>();
  /** An actor waits for room at others, which are full. */
  const wait = (waiter: ActorId, ...ids: ActorId[]): void => {
    for (const id of ids) say(id, false);
    const at = waits.get(home[waiter] ?? "");
    void at?.wait(waiter, ids).then((room) => outcomes.set(waiter, room));
  };
  const rest = async (ms: number): Promise<void> => {
    await clock.run(ms);
    await settle();
  };
  return { clock, frames, widened, state, away, blocked, waits, full, say, wait, rest, outcomes };
}

const told = (outcomes: Map<ActorId, Room>): string => [...outcomes].map(([id, room]) => `${id}: ${room}`).join(", ");

test("a wait ends when the last of those it waits for has room, and the way to it", async () => {
  const { wait, say, blocked, waits, rest, outcomes } = places({ a: "p", b: "q", c: "q" });
  blocked.add("c");
  wait("a", "b", "c");
  say("c", true);
  await rest(20);
  say("b", true);
  await rest(200);
  expect(told(outcomes)).toBe("");
  blocked.delete("c");
  waits.get("p")?.look();
  await rest(0);
  expect(told(outcomes)).toBe("a: room");
});

test("a chain, however long it waits, is no cycle", async () => {
  const { wait, say, rest, widened, outcomes } = places({ a: "p", b: "q", c: "p", d: "q" });
  wait("a", "b");
  wait("b", "c");
  wait("c", "d");
  await rest(1_000);
  expect([widened, told(outcomes)]).toEqual([[], ""]);
  say("d", true);
  await rest(0);
  expect(told(outcomes)).toBe("c: room");
});

test("in a cycle over places one is told to take in more, and who waited for it goes on; who only leads into the cycle is no part of it", async () => {
  const { wait, rest, widened, outcomes } = places({ a: "p", b: "q", c: "r", x: "p" });
  wait("x", "a");
  wait("a", "b");
  wait("b", "c");
  wait("c", "a");
  await rest(60);
  const waiterOf: Record<ActorId, ActorId> = { b: "a", c: "b", a: "c" };
  expect(widened).toHaveLength(1);
  expect(outcomes.get(waiterOf[widened[0] ?? ""] ?? "")).toBe("room");
  await rest(500);
  expect(widened).toHaveLength(1);
});

test("where the mailboxes of a cycle are at their limits, one is let through", async () => {
  const { wait, rest, state, outcomes, widened } = places({ a: "p", b: "q" });
  state.widens = false;
  wait("a", "b");
  wait("b", "a");
  await rest(60);
  expect([widened.sort(), told(outcomes)]).toEqual([["a", "b"], ""]);
  await rest(60);
  expect([...outcomes.values()]).toEqual(["cycle"]);
});

test("an actor that has filled its own mailbox is let through at once, a main thread never is in a cycle", async () => {
  const { wait, waits, say, rest, outcomes } = places({ a: "p" });
  wait("a", "a");
  await settle();
  expect(told(outcomes)).toBe("a: cycle");
  let room: Room | undefined;
  void waits
    .get("p")
    ?.wait(null, ["a"])
    .then((how) => (room = how));
  await rest(500);
  expect(room).toBeUndefined();
  say("a", true);
  await settle();
  expect(room).toBe("room");
});

test("word of room that was lost is asked for again", async () => {
  const { wait, rest, away, outcomes } = places({ a: "p", b: "q" });
  wait("a", "b");
  away.add("b");
  await rest(60);
  expect(told(outcomes)).toBe("a: room");
});

test("who waits for an actor without a place is let through after a while", async () => {
  const { wait, rest, say, blocked, outcomes } = places({ a: "p", b: "q" });
  blocked.add("b");
  wait("a", "b");
  await rest(990);
  // It had a place for a moment: the time begins anew.
  blocked.delete("b");
  say("b", false);
  await rest(60);
  blocked.add("b");
  say("b", true);
  await rest(990);
  expect(told(outcomes)).toBe("");
  await rest(100);
  expect(told(outcomes)).toBe("a: away");
});

test("a second wait of one actor joins its first, and all end when the place closes", async () => {
  const { wait, waits, rest, outcomes } = places({ a: "p", b: "q", c: "q" });
  wait("a", "b");
  let second = false;
  void waits
    .get("p")
    ?.wait("a", ["c", "b"])
    .then(() => (second = true));
  waits.get("p")?.close();
  await rest(100);
  expect([told(outcomes), second]).toEqual(["a: room", true]);
});
