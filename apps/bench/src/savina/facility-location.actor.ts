/*
 * Online facility location: points come to a square, which opens a facility and splits in four when its points are too far from one.
 * Without it no program would have actors that change, in the middle of a stream, from doing the work to passing it on.
 */
import { type ActorContext, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";

const side = 1_024;

/** In whole units, from 0 to `side` - 1. */
const Point = z.object({ x: z.int(), y: z.int() });
type Point = z.infer<typeof Point>;

const pointOf = (n: number): Point => ({ x: draw(21, n) % side, y: draw(22, n) % side });

/** What is in a square: facilities that were opened, points, and the distances of these to the facility each was given to. */
const Census = z.object({ facilities: z.int(), points: z.int(), cost: z.int() });
type Census = z.infer<typeof Census>;

const Square = z.object({
  x: z.int(),
  y: z.int(),
  side: z.int(),
  /** The facilities that its points may go to: its own parent's and those before. */
  facilities: z.array(Point),
  /** What a facility costs: so much distance opens one. */
  alpha: z.int(),
});
type Square = z.infer<typeof Square>;

/** The way along the streets to the nearest facility. */
function distance({ x, y }: Point, facilities: readonly Point[]): number {
  return facilities.reduce((least, one) => Math.min(least, Math.abs(one.x - x) + Math.abs(one.y - y)), 2 * side);
}

/** The four parts of a square, once it has a facility in the middle of its points. */
function quarters({ x, y, side, facilities, alpha }: Square, points: readonly Point[]): Square[] {
  const mean = (sum: number): number => Math.floor(sum / points.length);
  const opened = {
    x: mean(points.reduce((sum, point) => sum + point.x, 0)),
    y: mean(points.reduce((sum, point) => sum + point.y, 0)),
  };
  const half = side / 2;
  return [0, 1, 2, 3].map((part) => ({
    x: x + (part % 2) * half,
    y: y + (part >> 1) * half,
    side: half,
    facilities: [...facilities, opened],
    alpha,
  }));
}

function partOf({ x, y, side }: Square, point: Point): number {
  return (point.x >= x + side / 2 ? 1 : 0) + (point.y >= y + side / 2 ? 2 : 0);
}

const added = (one: Census, other: Census): Census => ({
  facilities: one.facilities + other.facilities,
  points: one.points + other.points,
  cost: one.cost + other.cost,
});

const QuadrantState = z.object({ square: Square, points: z.array(Point), cost: z.int(), children: z.array(z.string()) });

/** One square. */
export const Quadrant = defineActor({
  name: "quadrant",
  module: import.meta.url,
  args: Square,
  state: QuadrantState,
  init: (square) => ({ square, points: [], cost: 0, children: [] }),
})
  .on("point", { input: Point }, async (state, point, ctx): Promise<void> => {
    const { square, points, children } = state;
    if (children.length > 0) {
      if (!ctx.ref(Quadrant, children[partOf(square, point)] ?? "").tell("point", point)) await ctx.ready();
      return;
    }
    points.push(point);
    state.cost += distance(point, square.facilities);
    if (state.cost > square.alpha && square.side > 1) await split(state, ctx);
  })
  .on("census", { output: Census }, async ({ points, cost, children }, _input, ctx): Promise<Census> => {
    if (children.length === 0) return { facilities: 0, points: points.length, cost };
    const parts = await Promise.all(children.map((id) => ctx.ref(Quadrant, id).ask("census", undefined, patient)));
    return parts.reduce(added, { facilities: 1, points: points.length, cost });
  });

/** Opens the facility, and starts the four squares that the points to come go to. Those it has stay with it. */
async function split(state: z.infer<typeof QuadrantState>, ctx: ActorContext): Promise<void> {
  const parts = quarters(state.square, state.points).map((args, part) => ({ id: `${ctx.id}.${part}`, args }));
  await Promise.all(parts.map((part) => ctx.start(Quadrant, part)));
  state.children = parts.map(({ id }) => id);
}

/** The census of a square to which these points come, in this order. */
function surveyed(square: Square, points: readonly Point[]): Census {
  let cost = 0;
  for (const [n, point] of points.entries()) {
    cost += distance(point, square.facilities);
    if (cost <= square.alpha || square.side === 1) continue;
    const [kept, passed] = [points.slice(0, n + 1), points.slice(n + 1)];
    const parts = quarters(square, kept).map((part, i) =>
      surveyed(
        part,
        passed.filter((one) => partOf(square, one) === i),
      ),
    );
    return parts.reduce(added, { facilities: 1, points: kept.length, cost });
  }
  return { facilities: 0, points: points.length, cost };
}

const whole = (alpha: number): Square => ({ x: 0, y: 0, side, facilities: [{ x: side / 2, y: side / 2 }], alpha });

/** The facilities, and the ways to them. Each square's part follows from the order of its own points alone. */
export const facilityLocation = program({
  name: "facility-location",
  actors: [Quadrant],
  sizes: { small: { points: 2_000, alpha: 8_000 }, full: { points: 60_000, alpha: 20_000 } },
  expected: ({ points, alpha }) =>
    surveyed(
      whole(alpha),
      Array.from({ length: points }, (_, n) => pointOf(n)),
    ),
  async run(hub, { points, alpha }): Promise<Census> {
    const root = await hub.start(Quadrant, { id: "square", args: whole(alpha) });
    for (let n = 0; n < points; n++) if (!root.tell("point", pointOf(n))) await hub.ready();
    return root.ask("census", undefined, patient);
  },
});
