import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { Loads } from "./loads.js";

const load = (actors: number) => ({ eventLoop: 0, queued: 0, actors, memory: 0 });

function loads() {
  const clock = new VirtualClock();
  const told: number[] = [];
  let measured = 0;
  let changes = 0;
  const heard: string[] = [];
  const made = new Loads({
    self: "a",
    clock,
    everyMs: 100,
    historySize: 3,
    measure: () => load(++measured),
    tell: ({ actors }) => told.push(actors),
    changed: (node, { actors }) => {
      changes++;
      heard.push(`${node} ${actors}`);
    },
  });
  return { clock, told, heard, made, changes: () => changes, of: (node: string) => made.of(node)?.map(({ actors }) => actors) };
}

test("measures at once and every so often, tells the others, and keeps the last ones, oldest first", async () => {
  const { clock, told, made, of, changes } = loads();
  made.start();
  await clock.run(450);
  expect([told, of("a"), changes()]).toEqual([[1, 2, 3, 4, 5], [3, 4, 5], 5]);
  made.stop();
  await clock.run(1_000);
  expect(told).toHaveLength(5);
});

test("keeps what others say, until they are gone", () => {
  const { made, of, changes, heard } = loads();
  made.heard("b", load(7));
  made.heard("b", load(8));
  expect([of("b"), of("c"), changes()]).toEqual([[7, 8], undefined, 2]);
  expect([heard, made.latest()]).toEqual([["b 7", "b 8"], { b: load(8) }]);
  made.left("b");
  expect(made.latest()).toEqual({});
  expect(of("b")).toBeUndefined();
});
