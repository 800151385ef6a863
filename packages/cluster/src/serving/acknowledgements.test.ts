import type { Instant, NodeCard, NodeName, Pulse } from "@process-hub/protocol";
import { beforeEach, expect, test } from "vitest";
import { Acknowledgements } from "./acknowledgements.js";

const card = (node: NodeName): NodeCard => ({
  node,
  incarnation: "1",
  places: [],
  joinedAtMs: 0,
  draining: false,
  kinds: [],
  times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
  number: 1,
  generation: 1,
});
const pulse = (number: number, heard: Readonly<Record<NodeName, number>>): Pulse => ({
  number,
  heard: Object.entries(heard).map(([node, last]) => [node, "1", last]),
});
const at = (nowMs: number): Instant => ({ nowMs, wallMs: nowMs });
const rests = (list: ReturnType<Acknowledgements["latest"]>): [number, string][] =>
  list.map(({ sentAt, by }) => [sentAt.nowMs, by.map(({ node }) => node).join()]);

let own: Acknowledgements;
beforeEach(() => {
  own = new Acknowledgements("a@1");
  for (const node of ["b", "c"]) own.joined(card(node), 0);
  for (const nowMs of [100, 200, 300]) own.next(at(nowMs));
});

test("a heartbeat says which of each member's was heard last", () => {
  own.received(card("b"), pulse(7, {}), 310);
  expect(own.next(at(400))).toEqual(pulse(4, { b: 7, c: 0 }));
});

test("each heartbeat rests on those who say that they heard it, or a later one", () => {
  expect(rests(own.latest(2))).toEqual([[300, ""]]);
  own.received(card("b"), pulse(1, { a: 2 }), 310);
  own.received(card("c"), pulse(1, { a: 1 }), 310);
  expect(rests(own.latest(2))).toEqual([
    [300, ""],
    [200, "b"],
    [100, "b,c"],
  ]);
  expect(rests(own.latest(1))).toEqual([
    [300, ""],
    [200, "b"],
  ]);
});

test("what comes late, from another life or about another life of this node acknowledges nothing", () => {
  own.received(card("b"), pulse(5, { a: 3 }), 310);
  own.received(card("b"), pulse(4, { a: 1 }), 320);
  own.received({ ...card("c"), incarnation: "2" }, pulse(1, { a: 3 }), 320);
  own.received(card("c"), { number: 1, heard: [["a", "0", 3]] }, 320);
  expect(rests(own.latest(0))).toEqual([[300, "b"]]);
});

test("a member agrees when it sees nobody whom this node lost, and says so after the loss", () => {
  own.received(card("b"), pulse(1, { a: 3, c: 1 }), 310);
  expect(rests(own.agreeing(2))).toEqual([[300, "b"]]);
  own.left(card("c"));
  own.received(card("b"), pulse(2, { a: 3, c: 1 }), 320);
  expect(rests(own.agreeing(2))).toEqual([[300, ""]]);
  own.next(at(400));
  own.received(card("b"), pulse(3, { a: 4, c: 1 }), 410);
  expect(rests(own.agreeing(2))).toEqual([[400, ""]]);
  own.received(card("b"), pulse(4, { a: 4 }), 420);
  expect(rests(own.agreeing(2))).toEqual([[400, "b"]]);
});

test("a member that has not listed this node for so long is deaf to it", () => {
  own.received(card("b"), pulse(1, { a: 3 }), 310);
  own.received(card("c"), pulse(1, {}), 310);
  const deaf = (nowMs: number): NodeName[] => own.deaf(nowMs, 100).map(({ node }) => node);
  expect([deaf(400), deaf(401)]).toEqual([[], ["c"]]);
  own.forgive(420);
  expect(deaf(500)).toEqual([]);
});

test("a member with longer times is deaf no sooner than by these: its lease lasts as long", () => {
  expect(own.deaf(400, 300)).toEqual([]);
  expect(own.deaf(401, 300).map(({ node }) => node)).toEqual(["b", "c"]);
});
