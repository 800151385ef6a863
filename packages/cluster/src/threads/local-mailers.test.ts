import { expect, test } from "vitest";
import { record, Stage, thread } from "../fixtures/stage.js";
import { LocalMailers } from "./local-mailers.js";

function staged() {
  const stage = new Stage();
  const told: string[] = [];
  const mailers = new LocalMailers({
    group: stage.group,
    mailer: {
      send: (to, frame) => void told.push(`${to} ${frame.type}`),
      placeDown: (place) => void told.push(`main down ${place}`),
      placeDrained: (place) => void told.push(`main drained ${place}`),
      placeUp: (place) => void told.push(`main up ${place}`),
      routes: { moved: (id, epoch, place) => void told.push(`main moved ${id} ${epoch} ${place}`) },
    },
    placeDown: () => void told.push("events look for other ways"),
  });
  return { ...stage, mailers, told };
}

test("every living thread, and the main thread after them, hears of a place that ended, is drained, or is back", () => {
  const { mailers, told, group } = staged();
  group.dead.add(thread("a", 1));
  mailers.tell({ type: "placeDown", place: "b@b1", error: { name: "Error", message: "gone" } });
  mailers.tell({ type: "placeDrained", place: "b@b1" });
  mailers.tell({ type: "placeUp", place: "b@b2" });
  const first = thread("a", 0);
  expect(told).toEqual([
    `${first} placeDown`,
    "main down b@b1",
    "events look for other ways",
    `${first} placeDrained`,
    "main drained b@b1",
    `${first} placeUp`,
    "main up b@b2",
  ]);
});

test("the main thread turns its routes before the threads hear where actors went", () => {
  const { mailers, told } = staged();
  mailers.relocated([{ id: "x", epoch: 2, place: thread("b", 0) }]);
  expect(told).toEqual([`main moved x 2 ${thread("b", 0)}`, `${thread("a", 0)} relocated`, `${thread("a", 1)} relocated`]);
});

test("actors are told their new epoch at their thread, together, while that lives", () => {
  const { mailers, told, group } = staged();
  mailers.renumber([record("x", thread("a", 0), 1), record("y", thread("a", 0), 1)], 9);
  group.dead.add(thread("a", 0));
  mailers.renumber([record("x", thread("a", 0), 1)], 10);
  expect(told).toEqual([`${thread("a", 0)} renumber`]);
});
