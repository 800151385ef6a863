import type { Cell, Watch } from "@process-hub/actor";
import type { ToMainFrame } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { cellStage } from "./fixtures/cell-stage.js";
import { Watches } from "./watches.js";

async function scene() {
  const sent: string[] = [];
  const watches = new Watches((frame: ToMainFrame) => {
    if (frame.type === "watch") sent.push(`watch ${frame.id} ${frame.lineage ?? ""}`.trim());
    if (frame.type === "unwatch") sent.push(`unwatch ${frame.id}`);
  });
  const ports = { watches: { add: watches.add.bind(watches), remove: watches.remove.bind(watches) } };
  const { running } = cellStage({}, ports);
  const [one, two] = [await running("one"), await running("two")];
  const watch = (cell: Cell, lineage?: string): Watch => {
    cell.context.watch({ id: "b", actor: "bell" }, "add");
    const known = cell.ties?.watches.get("b");
    if (known === undefined) throw new Error("there is none");
    if (lineage !== undefined) known.lineage = lineage;
    return known;
  };
  const still = (): boolean[] => [one, two].map((cell) => cell.ties?.watches.has("b") === true);
  return { sent, watches, one, two, watch, still };
}

test("those of a thread that watch one actor hear together, of the lineage that they mean", async () => {
  const { sent, watches, one, two, watch, still } = await scene();
  const first = watch(one);
  watch(two);
  watches.watching({ type: "watching", id: "b", lineage: "l1" });
  expect([sent, first.lineage]).toEqual([["watch b", "watch b"], "l1"]);
  watches.gone({ type: "gone", id: "b", reason: "Stop", lineage: "l0" });
  expect(still()).toEqual([true, true]);
  watches.gone({ type: "gone", id: "b", reason: "Stop", lineage: "l1" });
  expect(still()).toEqual([false, false]);
});

test("one that watches the next of an id is not told of the end of the one before: it is asked for anew", async () => {
  const { sent, watches, one, two, watch, still } = await scene();
  watch(one, "l1");
  watch(two);
  sent.length = 0;
  watches.gone({ type: "gone", id: "b", reason: "Crash", lineage: "l1" });
  expect([still(), sent]).toEqual([[false, true], ["watch b"]]);
  watches.gone({ type: "gone", id: "b", reason: "NotFound" });
  expect(still()).toEqual([false, false]);
});

test("the last one that watches no more says so", async () => {
  const { sent, one, two, watch } = await scene();
  watch(one);
  watch(two);
  sent.length = 0;
  one.context.unwatch({ id: "b" });
  expect(sent).toEqual([]);
  two.context.unwatch({ id: "b" });
  expect(sent).toEqual(["unwatch b"]);
});
