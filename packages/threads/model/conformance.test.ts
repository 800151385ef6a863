import { seededRandom } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { RealNode, seenIn } from "./real-node.js";
import { choices, happen } from "./steps.js";
import { begin, type Scope, type World } from "./world.js";

const first = Number(process.env.SEED ?? 1);
const walks = Number(process.env.SEEDS ?? 60);

const two = { places: 2, homes: { a: 0, x: 0, y: 1 }, messages: { x: 3, y: 2 }, moves: { a: 3 }, unknown: true };
const scopes: Record<string, Scope> = {
  "two places": two,
  "three places, slow handlers": { ...two, places: 3, homes: { a: 0, x: 1, y: 2 }, slow: true },
  "senders that move": { ...two, places: 3, moves: { a: 2, x: 2, y: 1 } },
  "moves that fail, early retries": { ...two, slow: true, moves: { a: 3, x: 2 }, failures: 3, retries: 3 },
  "entries that expire": { ...two, places: 3, moves: { a: 3, x: 1 }, failures: 1, sweeps: 3 },
};

test.each(Object.entries(scopes))(
  "the real code does what the model does: %s",
  async (_name, scope) => {
    for (let seed = first; seed < first + walks; seed++) {
      const { next: chance } = seededRandom(seed);
      const world = begin(scope);
      const real = new RealNode(scope);
      await real.begin(scope);
      const path: string[] = [];
      for (let may = possible(scope, world); may.length > 0; may = possible(scope, world)) {
        const choice = may[Math.floor(chance() * may.length)] as string;
        path.push(choice);
        const before = structuredClone(world);
        happen(scope, world, choice, {});
        await real.follow(choice, before);
        expect(real.seen, `seed ${seed}: ${path.join(", ")}`).toEqual(seenIn(world));
      }
      expect([world.wrong, real.problems]).toEqual([[], []]);
    }
  },
  600_000,
);

// Under earlier rules the late answer to the marker of a forwarding entry, sent another way, ended the hold of a route.
const lateAnswer = [
  "t x, d 0>-1, d -1>0, d 0>1, m a 0, d 1>0, d 0>1, d 1>0, d 0>1, d 1>0, d 0>1, m a 2, d 0>2, d 2>0, d 0>2, d 2>0, d 0>2, d 2>0",
  "t x, t x, t x, d 0>1, d 1>0, t x, s 0, d 0>1, d 1>0, d 1>0, d 0>2, d 0>2, d 2>0, d 0>2",
].flatMap((line) => line.split(", "));

test("the answer to the marker of a forwarding entry ends no hold", async () => {
  const scope = { ...two, places: 3, homes: { a: 1, x: 0 }, messages: { x: 5 }, moves: { a: 2 }, sweeps: 1 };
  const world = begin(scope);
  const real = new RealNode(scope);
  await real.begin(scope);
  for (const choice of lateAnswer) {
    const before = structuredClone(world);
    happen(scope, world, choice, {});
    await real.follow(choice, before);
    expect(real.seen, choice).toEqual(seenIn(world));
  }
  const old = begin(scope);
  for (const choice of [...lateAnswer, "d 0>2"]) happen(scope, old, choice, { oneRow: true });
  expect([world.wrong, old.wrong]).toEqual([[], ["handles x5 when x4 is due"]]);
});

/** The test cannot choose which of two moves from one place gives up first. */
function possible(scope: Scope, world: World): string[] {
  const alone = world.places.every(({ leaving }) => Object.keys(leaving).length < 2);
  return choices(scope, world).filter((choice) => alone || !choice.startsWith("o"));
}
