/*
 * A* search: a master keeps what is known of a grid of three dimensions, and has workers look round the most promising places.
 * Without it no program would have answers that change what is asked next.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

/** A place beside another, and the cost of the step. */
const Step = z.object({ to: z.int(), cost: z.int() });
type Step = z.infer<typeof Step>;

const stepCost = (from: number, to: number): number => 1 + (draw(Math.min(from, to), Math.max(from, to)) % 10);

function coordinates(place: number, side: number): [number, number, number] {
  return [place % side, Math.floor(place / side) % side, Math.floor(place / (side * side))];
}

/** The steps from a place to those beside it. */
function stepsFrom(place: number, side: number): Step[] {
  const strides = [1, side, side * side];
  return coordinates(place, side).flatMap((at, axis) => {
    const stride = strides[axis] ?? 0;
    const beside = [...(at > 0 ? [place - stride] : []), ...(at < side - 1 ? [place + stride] : [])];
    return beside.map((to) => ({ to, cost: stepCost(place, to) }));
  });
}

/** The least that the way to the far corner can cost: a step costs 1 at least. */
function atLeast(place: number, side: number): number {
  return coordinates(place, side).reduce((sum, at) => sum + side - 1 - at, 0);
}

/** Looks round a place. */
export const Scout = defineActor({
  name: "scout",
  module: import.meta.url,
  args: z.object({ side: z.int() }),
  state: z.object({ side: z.int() }),
  init: (args) => args,
}).on("look", { input: z.int(), output: z.array(Step) }, ({ side }, place) => stepsFrom(place, side));

/** Places by what a way over them costs at least, the least first; costs are small whole numbers. */
class Frontier {
  readonly #byCost: number[][] = [];
  #least = 0;

  add(place: number, cost: number): void {
    (this.#byCost[cost] ??= []).push(place);
    this.#least = Math.min(this.#least, cost);
  }

  /** Takes a place whose cost is below a bound, if there is one. */
  take(below: number): { readonly place: number; readonly cost: number } | undefined {
    for (; this.#least < Math.min(below, this.#byCost.length); this.#least++) {
      const place = this.#byCost[this.#least]?.pop();
      if (place !== undefined) return { place, cost: this.#least };
    }
    return undefined;
  }
}

/** Keeps each scout at one place. Replies with the cost of the cheapest way from one corner to the opposite one. */
export const Search = defineActor({ name: "search", module: import.meta.url, state: z.object({}), init: () => ({}) }).on(
  "search",
  { input: z.object({ side: z.int(), scouts: z.array(z.string()) }), output: z.number() },
  (_state, { side, scouts }, ctx) => {
    const goal = side ** 3 - 1;
    const known = new Map([[0, 0]]);
    const frontier = new Frontier();
    frontier.add(0, atLeast(0, side));
    const idle = scouts.map((id) => ctx.ref(Scout, id));
    const best = (): number => known.get(goal) ?? Number.POSITIVE_INFINITY;
    return new Promise<number>((resolve, reject) => {
      const employ = (): void => {
        while (idle.length > 0) {
          const next = frontier.take(best());
          if (next === undefined) break;
          const { place, cost } = next;
          const soFar = known.get(place) ?? 0;
          // A cheaper way to it was found since.
          if (soFar + atLeast(place, side) < cost) continue;
          const scout = idle.pop();
          scout?.ask("look", place).then((steps) => {
            for (const { to, cost } of steps) {
              if (soFar + cost >= (known.get(to) ?? Number.POSITIVE_INFINITY)) continue;
              known.set(to, soFar + cost);
              frontier.add(to, soFar + cost + atLeast(to, side));
            }
            idle.push(scout);
            employ();
          }, reject);
        }
        if (idle.length === scouts.length) resolve(best());
      };
      employ();
    });
  },
);

/** The cost of the cheapest way; the reference corrects all costs until none changes. */
export const aStar = program({
  name: "a-star",
  actors: [Scout, Search],
  sizes: { small: { side: 8, scouts: 10 }, full: { side: 30, scouts: 20 } },
  expected({ side }) {
    const costs = new Array<number>(side ** 3).fill(Number.POSITIVE_INFINITY);
    costs[0] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (const [place, cost] of costs.entries())
        for (const step of stepsFrom(place, side)) {
          if (cost + step.cost >= (costs[step.to] ?? 0)) continue;
          costs[step.to] = cost + step.cost;
          changed = true;
        }
    }
    return costs.at(-1) ?? Number.NaN;
  },
  async run(hub, { side, scouts }) {
    const options = Array.from({ length: scouts }, (_, scout) => ({ id: `scout-${scout}`, args: { side } }));
    const all = await startAll(hub, Scout, options);
    const search = await hub.start(Search, { id: "search" });
    return search.ask("search", { side, scouts: all.map(({ id }) => id) }, patient);
  },
});
