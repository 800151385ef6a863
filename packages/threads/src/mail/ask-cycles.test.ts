import { FrameKind, type PlaceId, type WaitsForFrame } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { AskCycles } from "./ask-cycles.js";

const [here, there] = ["n@1/0.0", "m@1/0.0"];

/** The search at `here`, where actor "a" is busy and waits for ask 1, which is at "b"; ask 7 of `there` waits in its mailbox. */
function search() {
  const clock = new VirtualClock();
  const sent: [PlaceId, WaitsForFrame][] = [];
  const refused: string[] = [];
  const open = new Set([1]);
  const made = new AskCycles({
    place: here,
    clock,
    find: (id) =>
      id === "a"
        ? {
            openAsks: () => [...open],
            waitsFor: (ask) => open.has(ask),
            holdsAsk: (origin, ask) => (origin === there && ask === 7 ? "waits" : undefined),
            refuseCycle: (origin, ask, path) => refused.push(`${ask} of ${origin}: ${path.join(" > ")}`),
          }
        : undefined,
    whereIs: (ask) => (open.has(ask) ? { to: "b", place: there } : undefined),
    send: (to, frame) => sent.push([to, frame]),
  });
  const rest = async (ms: number): Promise<void> => {
    for (const endMs = clock.now() + ms; clock.advance(endMs); ) await settle();
  };
  return { made, sent, refused, open, rest, clock };
}

test("nobody is asked before an ask has waited for 10 ms, and then ever more seldom, until the actor waits for nobody", async () => {
  const { made, sent, open, rest, clock } = search();
  made.waits("a");
  await rest(9);
  expect(sent).toEqual([]);
  await rest(1);
  expect(sent).toEqual([[there, [FrameKind.waitsFor, "b", [["a", here, 1]], null]]]);
  await rest(1_000);
  expect(sent.length).toBeLessThan(9);
  open.clear();
  await rest(2_000);
  expect(clock.pending).toBe(0);
});

test("a question that comes back refuses the ask that waits, if it is the one that all would refuse; else that is refused where it waits", () => {
  const { made, refused, sent } = search();
  made.asked([
    FrameKind.waitsFor,
    "a",
    [
      ["a", here, 1],
      ["b", there, 7],
    ],
    1,
  ]);
  expect(refused.splice(0)).toEqual([`7 of ${there}: a > b > a`]);
  made.asked([
    FrameKind.waitsFor,
    "a",
    [
      ["a", here, 1],
      ["b", there, 7],
    ],
    0,
  ]);
  expect(refused).toEqual([]);
  expect(sent).toEqual([
    [
      there,
      [
        FrameKind.waitsFor,
        "b",
        [
          ["b", there, 7],
          ["a", here, 1],
        ],
        1,
      ],
    ],
  ]);
});

test("a question goes on along what the actor waits for, and ends where the ask is not, or where it has been", () => {
  const { made, sent, refused } = search();
  made.asked([FrameKind.waitsFor, "a", [["c", there, 7]], null]);
  expect(sent.splice(0)).toEqual([
    [
      there,
      [
        FrameKind.waitsFor,
        "b",
        [
          ["c", there, 7],
          ["a", here, 1],
        ],
        0,
      ],
    ],
  ]);
  made.asked([FrameKind.waitsFor, "a", [["c", there, 8]], null]);
  made.asked([FrameKind.waitsFor, "gone", [["c", there, 7]], null]);
  made.asked([
    FrameKind.waitsFor,
    "a",
    [
      ["c", there, 3],
      ["a", here, 1],
      ["b", there, 7],
    ],
    null,
  ]);
  made.asked([
    FrameKind.waitsFor,
    "a",
    [
      ["a", here, 2],
      ["b", there, 7],
    ],
    null,
  ]);
  expect([sent, refused]).toEqual([[], []]);
});
