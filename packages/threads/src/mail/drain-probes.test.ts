import { noChecks, type PlaceId } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { DrainProbes } from "./drain-probes.js";
import { Forwardings } from "./forwardings.js";

const [x, y] = ["n@1/0.1", "n@1/1.1"];

/** Probes along two entries, to `x` and to `y`. */
function probes() {
  const clock = new VirtualClock();
  const forwardings = new Forwardings(noChecks);
  const down = new Set<PlaceId>();
  const sent: string[] = [];
  const made = new DrainProbes({
    clock,
    retryMs: 100,
    isDown: (place) => down.has(place),
    nextMarkerId: () => forwardings.nextMarkerId(),
    send: ({ id, to }, markerId) => sent.push(`${markerId - 2 ** 40} for ${id} to ${to}`),
  });
  const entries = [forwardings.add("a", 1, x, 2, 0), forwardings.add("b", 1, y, 2, 0)];
  const rest = (): void => void clock.advance(clock.now() + 100);
  return { made, entries, forwardings, down, sent, rest, answered: (n: number) => made.answered(2 ** 40 + n) };
}

test("all mail has arrived when the marker along each entry was answered, however often it was sent; the entries stay", async () => {
  const { made, entries, forwardings, sent, rest, answered } = probes();
  let over = false;
  void made.behind(entries, () => false).then(() => (over = true));
  answered(1);
  rest();
  await Promise.resolve();
  expect([sent, over]).toEqual([[`1 for a to ${x}`, `2 for b to ${y}`, `2 for b to ${y}`], false]);
  answered(2);
  await Promise.resolve();
  await Promise.resolve();
  expect([over, forwardings.size]).toEqual([true, 2]);
});

test("mail to a dead place is not waited for, nor any mail when nobody asks any more", async () => {
  const { made, entries, down, sent, rest } = probes();
  let isOver = false;
  down.add(x);
  const arrived = made.behind(entries, () => isOver);
  isOver = true;
  rest();
  await arrived;
  expect(sent).toEqual([`2 for b to ${y}`]);
});
