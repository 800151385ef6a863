/*
 * Successive over-relaxation: an actor for each cell of a grid; red and black cells take turns. Measures small messages between many.
 * Without it no program would have actors that all must keep step with their neighbours, and nobody who gives it.
 */
import { type ActorContext, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

const omega = 1.25;

const firstValue = (index: number): number => (draw(17, index) % 1_000) / 1_000;
const idOf = (index: number): string => `cell-${index}`;
const isRed = (index: number, side: number): boolean => (Math.floor(index / side) + (index % side)) % 2 === 0;

/** The cells above, to the left, to the right, below; absent at an edge. */
function neighbours(index: number, side: number): (number | undefined)[] {
  const [row, column] = [Math.floor(index / side), index % side];
  return [
    row > 0 ? index - side : undefined,
    column > 0 ? index - 1 : undefined,
    column < side - 1 ? index + 1 : undefined,
    row < side - 1 ? index + side : undefined,
  ];
}

/** The next value of a cell from those around it, in the order of `neighbours`, 0 beyond the edge. */
function relaxed(value: number, around: readonly number[]): number {
  return (1 - omega) * value + (omega / 4) * around.reduce((sum, one) => sum + one, 0);
}

/** Gathers the values at the end. */
export const GridGatherer = defineActor({
  name: "grid-gatherer",
  module: import.meta.url,
  args: z.object({ cells: z.int() }),
  state: z.object({ open: z.int(), values: z.array(z.number()) }),
  init: ({ cells }) => ({ open: cells, values: new Array<number>(cells).fill(0) }),
})
  .on("finished", { input: z.object({ index: z.int(), value: z.number() }) }, (state, { index, value }) => {
    state.open--;
    state.values[index] = value;
  })
  .on("values", { output: z.array(z.number()).optional() }, ({ open, values }) => (open === 0 ? values : undefined));

const CellState = z.object({
  index: z.int(),
  side: z.int(),
  rounds: z.int(),
  gatherer: z.string(),
  value: z.number(),
  round: z.int(),
  /** The latest values around, and how many of them are still to come in this round. */
  around: z.array(z.number()),
  missing: z.int(),
});
type CellState = z.infer<typeof CellState>;

function tellNeighbours({ index, side, value }: CellState, ctx: ActorContext): void {
  // To the one above, this is the one below.
  for (const [at, other] of neighbours(index, side).entries())
    if (other !== undefined) ctx.ref(GridCell, idOf(other)).tell("value", { at: 3 - at, value });
}

/** One cell. A neighbour is never further than one value ahead: no more than four wait here, and nobody needs to wait for room. */
export const GridCell = defineActor({
  name: "grid-cell",
  module: import.meta.url,
  args: z.object({ index: z.int(), side: z.int(), rounds: z.int(), gatherer: z.string() }),
  state: CellState,
  init: (args) => ({
    ...args,
    value: firstValue(args.index),
    round: 0,
    around: [0, 0, 0, 0],
    missing: neighbours(args.index, args.side).filter((one) => one !== undefined).length,
  }),
})
  .on("begin", {}, (state, _input, ctx) => tellNeighbours(state, ctx))
  .on("value", { input: z.object({ at: z.int(), value: z.number() }) }, (state, { at, value }, ctx) => {
    const { index, side, rounds, around, gatherer } = state;
    around[at] = value;
    if (--state.missing > 0) return;
    state.value = relaxed(state.value, around);
    state.round++;
    state.missing = neighbours(index, side).filter((one) => one !== undefined).length;
    // The reds begin: nobody needs the last values of the blacks.
    if (isRed(index, side) || state.round < rounds) tellNeighbours(state, ctx);
    if (state.round === rounds) ctx.ref(GridGatherer, gatherer).tell("finished", { index, value: state.value });
  });

/** All values, to the last bit. */
export const overRelaxation = program({
  name: "over-relaxation",
  actors: [GridGatherer, GridCell],
  sizes: { small: { side: 10, rounds: 20 }, full: { side: 40, rounds: 60 } },
  expected({ side, rounds }) {
    const values = Array.from({ length: side * side }, (_, index) => firstValue(index));
    for (let round = 0; round < rounds; round++)
      for (const red of [true, false])
        for (const [index, value] of values.entries()) {
          if (isRed(index, side) !== red) continue;
          const around = neighbours(index, side).map((one) => (one === undefined ? 0 : (values[one] ?? 0)));
          values[index] = relaxed(value, around);
        }
    return values;
  },
  async run(hub, { side, rounds }) {
    const cells = side * side;
    const gatherer = await hub.start(GridGatherer, { id: "gatherer", args: { cells } });
    const options = Array.from({ length: cells }, (_, index) => ({
      id: idOf(index),
      args: { index, side, rounds, gatherer: gatherer.id },
    }));
    const all = await startAll(hub, GridCell, options);
    for (const [index, cell] of all.entries()) if (!isRed(index, side)) cell.tell("begin");
    return untilReply(() => gatherer.ask("values"));
  },
});
