/*
 * All-pairs shortest paths (Floyd and Warshall): an actor for each block of the matrix; phase by phase they need each other's blocks.
 * Without it no program would have actors that run ahead of others, whose messages then come before their time.
 */
import { type ActorContext, defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { program } from "./program.js";
import { startAll } from "./start-all.js";
import { untilReply } from "./until-reply.js";

/** Distances between some vertices and some others, row by row. */
const Block = z.instanceof(Float64Array);
type Block = z.infer<typeof Block>;

const idOf = (row: number, column: number): string => `block-${row}-${column}`;

/** The length of the edge from one vertex to another: most pairs have none. */
function edge(from: number, to: number): number {
  if (from === to) return 0;
  const drawn = draw(from, to);
  return drawn % 4 === 0 ? 1 + ((drawn >>> 8) % 1_000) : Number.POSITIVE_INFINITY;
}

function blockOf(row: number, column: number, side: number): Block {
  return Float64Array.from({ length: side * side }, (_, n) =>
    edge(row * side + Math.floor(n / side), column * side + (n % side)),
  );
}

/** Shortens the ways in `block` by those over the vertices between: first by `left`, then by `top`. Either may be the block itself. */
function shorten(block: Block, left: Block, top: Block, side: number): void {
  for (let k = 0; k < side; k++)
    for (let row = 0; row < side; row++) {
      const first = left[row * side + k] ?? 0;
      for (let column = 0; column < side; column++) {
        const at = row * side + column;
        block[at] = Math.min(block[at] ?? 0, first + (top[k * side + column] ?? 0));
      }
    }
}

/** Gathers the blocks at the end. */
export const Gatherer = defineActor({
  name: "gatherer",
  module: import.meta.url,
  args: z.object({ blocks: z.int() }),
  state: z.object({ blocks: z.int(), gathered: z.map(z.string(), Block) }),
  init: ({ blocks }) => ({ blocks, gathered: new Map<string, Block>() }),
})
  .on("finished", { input: Block }, ({ gathered }, block, ctx) => void gathered.set(ctx.sender ?? "", block))
  .on("gathered", { output: z.map(z.string(), Block).optional() }, ({ blocks, gathered }) =>
    gathered.size === blocks ? gathered : undefined,
  );

const PathState = z.object({
  row: z.int(),
  column: z.int(),
  side: z.int(),
  blocks: z.int(),
  gatherer: z.string(),
  distances: Block,
  phase: z.int(),
  /** Blocks that came, by phase and by the side they are needed on. */
  waiting: z.map(z.string(), Block),
});
type PathState = z.infer<typeof PathState>;

/** Works through as many phases as it has the blocks for. In the phase `p` all need the blocks of row `p` and column `p`. */
function advance(state: PathState, ctx: ActorContext): void {
  const { row, column, side, blocks, distances, waiting } = state;
  while (state.phase < blocks) {
    const { phase } = state;
    const left = column === phase ? distances : waiting.get(`left-${phase}`);
    const top = row === phase ? distances : waiting.get(`top-${phase}`);
    if (left === undefined || top === undefined) return;
    shorten(distances, left, top, side);
    waiting.delete(`left-${phase}`);
    waiting.delete(`top-${phase}`);
    for (let other = 0; other < blocks; other++) {
      if (column === phase && other !== column)
        ctx.ref(PathBlock, idOf(row, other)).tell("block", { place: `left-${phase}`, block: distances });
      if (row === phase && other !== row)
        ctx.ref(PathBlock, idOf(other, column)).tell("block", { place: `top-${phase}`, block: distances });
    }
    state.phase++;
  }
  ctx.ref(Gatherer, state.gatherer).tell("finished", distances);
}

/** The distances from some vertices to some others. It is sent two blocks a phase at most, so nobody needs to wait for room. */
export const PathBlock = defineActor({
  name: "path-block",
  module: import.meta.url,
  args: z.object({ row: z.int(), column: z.int(), side: z.int(), blocks: z.int(), gatherer: z.string() }),
  state: PathState,
  init: (args) => ({
    ...args,
    distances: blockOf(args.row, args.column, args.side),
    phase: 0,
    waiting: new Map<string, Block>(),
  }),
})
  .on("begin", {}, (state, _input, ctx) => advance(state, ctx))
  .on("block", { input: z.object({ place: z.string(), block: Block }) }, (state, { place, block }, ctx) => {
    state.waiting.set(place, block);
    if (state.phase < state.blocks) advance(state, ctx);
  });

/** All distances, row by row; the reference knows no blocks. */
export const shortestPaths = program({
  name: "shortest-paths",
  actors: [Gatherer, PathBlock],
  sizes: { small: { side: 8, blocks: 5 }, full: { side: 32, blocks: 12 } },
  expected({ side, blocks }) {
    const vertices = side * blocks;
    const distances = blockOf(0, 0, vertices);
    shorten(distances, distances, distances, vertices);
    return distances;
  },
  async run(hub, { side, blocks }) {
    const gatherer = await hub.start(Gatherer, { id: "gatherer", args: { blocks: blocks * blocks } });
    const options = Array.from({ length: blocks * blocks }, (_, n) => {
      const [row, column] = [Math.floor(n / blocks), n % blocks];
      return { id: idOf(row, column), args: { row, column, side, blocks, gatherer: gatherer.id } };
    });
    for (const block of await startAll(hub, PathBlock, options)) block.tell("begin");
    const gathered = await untilReply(() => gatherer.ask("gathered"));
    const vertices = side * blocks;
    return Float64Array.from({ length: vertices * vertices }, (_, n) => {
      const [from, to] = [Math.floor(n / vertices), n % vertices];
      const block = gathered.get(idOf(Math.floor(from / side), Math.floor(to / side)));
      return block?.[(from % side) * side + (to % side)] ?? Number.NaN;
    });
  },
});
