import { expect, test } from "vitest";
import { Moves, type MovesSetup } from "./moves.js";
import type { Place } from "./place.js";
import { seededRandom } from "./random.js";

test("single moves go to another thread, one at a time", async () => {
  const cluster = fakeCluster();
  const moves = new Moves(cluster.setup);
  for (let step = 0; step < 50; step++) await moves.shuffle();
  await moves.done();
  expect(cluster.made).toHaveLength(150);
  expect(cluster.made.filter(({ from, to }) => from === to)).toEqual([]);
  expect(cluster.mostAtOnce).toBe(1);
});

test("the same seed makes the same moves", async () => {
  const [one, other] = [fakeCluster(), fakeCluster()];
  for (const { setup } of [one, other]) {
    const moves = new Moves(setup);
    await moves.shuffle();
    await moves.done();
  }
  expect(one.made).toEqual(other.made);
});

test("a refused move is kept, the next ones go on", async () => {
  const cluster = fakeCluster();
  cluster.refuse = 2;
  const moves = new Moves(cluster.setup);
  await moves.shuffle();
  await moves.shuffle();
  await moves.done();
  expect(moves.refused).toHaveLength(2);
  expect(cluster.made).toHaveLength(4);
});

test("a join that fails ends the changes and is reported", async () => {
  const cluster = fakeCluster();
  const moves = new Moves({
    ...cluster.setup,
    nodes: { ...cluster.setup.nodes, join: () => Promise.reject(new Error("no room")) },
  });
  await Promise.all([moves.join(), moves.shuffle()]);
  await expect(moves.done()).rejects.toThrow("no room");
  await expect(moves.shuffle()).rejects.toThrow("no room");
  expect(cluster.made).toEqual([]);
});

test("a stop drops what waits, and waits for what is under way", async () => {
  const cluster = fakeCluster();
  const moves = new Moves(cluster.setup);
  let over = false;
  await moves.next(async () => {
    await new Promise(setImmediate);
    over = true;
  });
  await moves.shuffle();
  await Promise.resolve();
  await moves.stop();
  expect(over).toBe(true);
  expect(cluster.made).toEqual([]);
});

test("the stream waits only when the changes fall far behind", async () => {
  const moves = new Moves(fakeCluster().setup);
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  await moves.next(() => gate);
  for (let step = 0; step < 7; step++) await moves.shuffle();
  let waited = true;
  const ninth = moves.shuffle().then(() => {
    waited = false;
  });
  await new Promise(setImmediate);
  expect(waited).toBe(true);
  open();
  await ninth;
  await moves.done();
});

function fakeCluster() {
  const places: Place[] = ["node-1", "node-2", "node-3"].map((node) => ({ node, thread: 0 }));
  const at = new Map<string, Place>(["ATL", "ORD", "LAX"].map((id, index) => [id, places[index] as Place]));
  const cluster = {
    made: [] as { id: string; from: Place | undefined; to: Place }[],
    refuse: 0,
    mostAtOnce: 0,
    setup: {} as MovesSetup,
  };
  let underWay = 0;
  const move = async (id: string, to: Place) => {
    underWay += 1;
    cluster.mostAtOnce = Math.max(cluster.mostAtOnce, underWay);
    await new Promise(setImmediate);
    underWay -= 1;
    if (cluster.refuse-- > 0) throw new Error("refused");
    cluster.made.push({ id, from: at.get(id), to });
    at.set(id, to);
  };
  const lookup = (id: string) => ({ replicas: [at.get(id)] });
  const nodes = { places, main: { lookup, move }, join: async () => "node-4", leave: async () => undefined };
  cluster.setup = {
    nodes,
    airports: [...at.keys()],
    random: seededRandom(1),
    perStep: 3,
    announce: () => undefined,
  } as unknown as MovesSetup;
  return cluster;
}
