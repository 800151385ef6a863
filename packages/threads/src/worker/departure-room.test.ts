import type { PlaceId } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { DepartureRoom } from "./departure-room.js";
import { there, third } from "./fixtures/thread-stage.js";

/** Room for four, three of which is used; what each that waits was given. */
function full() {
  const clock = new VirtualClock();
  const use = { used: 4 };
  const room = new DepartureRoom({ clock, limit: 4, waitMs: 1_000, used: () => use.used });
  const given: string[] = [];
  const wait = (name: string, most: number, to: PlaceId = there): void =>
    void Promise.resolve(room.keep(most, to)).then((kept) => given.push(`${name} ${kept}`));
  const frees = async (entries: number): Promise<void> => {
    use.used -= entries;
    room.changed();
    await clock.run(0);
  };
  return { clock, use, room, given, wait, frees };
}

test("there is room up to the limit, what is kept included, and that is released when it is used", async () => {
  const { room, use, frees, given, wait } = full();
  use.used = 1;
  expect([room.keep(2, there), room.keep(2, there)]).toEqual([2, 1]);
  wait("a", 2);
  use.used = 3;
  room.release(2);
  await frees(0);
  expect(given).toEqual([]);
  room.release(1);
  await frees(0);
  expect(given).toEqual(["a 1"]);
});

test("those that wait have it in the order they came, and one that comes later does not overtake", async () => {
  const { given, wait, frees } = full();
  wait("a", 2);
  wait("b", 2);
  await frees(1);
  expect(given).toEqual(["a 1"]);
  await frees(3);
  wait("c", 2);
  await frees(0);
  expect(given).toEqual(["a 1", "b 2", "c 1"]);
});

test("who waits for too long has none, and neither has who wanted to go to a place that is given up", async () => {
  const { given, wait, frees, clock, room } = full();
  wait("a", 1);
  wait("b", 1, third);
  room.giveUp((to) => to === third);
  await clock.run(999);
  expect(given).toEqual(["b 0"]);
  await clock.run(1);
  expect(given).toEqual(["b 0", "a 0"]);
  await frees(1);
  expect(room.keep(1, there)).toBe(1);
});
