import type { ReplicaState } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { settled, ThreadStage, there, third } from "./fixtures/thread-stage.js";
import { StateOutbox, stateBytes } from "./state-outbox.js";

function scene() {
  const stage = new ThreadStage();
  const outbox = new StateOutbox(stage.context);
  const state = (id: string, size = 10): ReplicaState => ({ id, epoch: 1, sequence: 1, state: new Uint8Array(size), timers: [] });
  const frames = (): string[] =>
    stage.sent.map(({ to, frame }) => `${to}: ${frame.type === "states" ? frame.states.map(({ id }) => id).join() : "?"}`);
  return { stage, outbox, state, frames };
}

test("the states of a turn go together to each place, at the turn's end", async () => {
  const { outbox, state, frames } = scene();
  outbox.push(there, state("a"));
  outbox.push(third, state("a"));
  outbox.push(there, state("b"));
  expect(frames()).toEqual([]);
  await settled();
  expect(frames()).toEqual([`${there}: a,b`, `${third}: a`]);
});

test("a frame has 128 KB at most; a larger state goes alone", async () => {
  const { outbox, state, frames } = scene();
  outbox.push(there, state("a", 100_000));
  outbox.push(there, state("b", 100_000));
  outbox.push(there, state("c", 500_000));
  outbox.push(there, state("d"));
  await settled();
  expect(frames()).toEqual(["a", "b", "c", "d"].map((id) => `${there}: ${id}`));
});

test("a place that went down meanwhile gets nothing", async () => {
  const { stage, outbox, state, frames } = scene();
  outbox.push(there, state("a"));
  outbox.push(third, state("a"));
  stage.down.add(there);
  await settled();
  expect(frames()).toEqual([`${third}: a`]);
});

test("the size of a state has its timers in it", () => {
  const { state } = scene();
  const timers = [{ key: "k", inMs: 1, name: "add", payload: new Uint8Array(100) }];
  expect(stateBytes({ ...state("a"), timers }) - stateBytes(state("a"))).toBe(164);
});
