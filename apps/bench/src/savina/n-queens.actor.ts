/*
 * N queens: a master hands out boards with some queens on them; workers return boards with one more, or count what can become of them.
 * Without it no program would have work that makes more work, until nobody knows how much is left but the master.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { patient, program } from "./program.js";
import { startAll } from "./start-all.js";

/** The columns of the queens in the first rows. */
const Board = z.array(z.int());
type Board = readonly number[];

/** True when a queen in this column of the next row is attacked by none. */
function isSafe(board: Board, column: number): boolean {
  return board.every((other, row) => other !== column && Math.abs(other - column) !== board.length - row);
}

/** The boards with one queen more. */
function extended(board: Board, queens: number): number[][] {
  return Array.from({ length: queens }, (_, column) => column)
    .filter((column) => isSafe(board, column))
    .map((column) => [...board, column]);
}

function solutions(board: Board, queens: number): number {
  if (board.length === queens) return 1;
  return extended(board, queens).reduce((sum, one) => sum + solutions(one, queens), 0);
}

const Outcome = z.object({ solutions: z.int(), boards: z.array(Board) });

/** Takes a board one row further; from some row on, to the end. */
export const QueensWorker = defineActor({
  name: "queens-worker",
  module: import.meta.url,
  args: z.object({ queens: z.int(), handedOutRows: z.int() }),
  state: z.object({ queens: z.int(), handedOutRows: z.int() }),
  init: (args) => args,
}).on("work", { input: Board, output: Outcome }, ({ queens, handedOutRows }, board) =>
  board.length < handedOutRows
    ? { solutions: 0, boards: extended(board, queens) }
    : { solutions: solutions(board, queens), boards: [] },
);

/** Keeps each worker at one board until none is left. Replies with the number of solutions. */
export const QueensMaster = defineActor({
  name: "queens-master",
  module: import.meta.url,
  state: z.object({}),
  init: () => ({}),
}).on("solve", { input: z.object({ workers: z.array(z.string()) }), output: z.int() }, (_state, { workers }, ctx) => {
  const boards: number[][] = [[]];
  const idle = workers.map((id) => ctx.ref(QueensWorker, id));
  let found = 0;
  return new Promise<number>((resolve, reject) => {
    const employ = (): void => {
      while (idle.length > 0 && boards.length > 0) {
        const worker = idle.pop();
        worker?.ask("work", boards.pop() ?? [], patient).then((outcome) => {
          found += outcome.solutions;
          boards.push(...outcome.boards);
          idle.push(worker);
          employ();
        }, reject);
      }
      if (idle.length === workers.length) resolve(found);
    };
    employ();
  });
});

/** By the number of queens (sequence A000170 of the On-Line Encyclopedia of Integer Sequences). */
const known = new Map([
  [7, 40],
  [8, 92],
  [9, 352],
  [10, 724],
  [11, 2_680],
  [12, 14_200],
]);

/** The number of solutions. */
export const nQueens = program({
  name: "n-queens",
  actors: [QueensWorker, QueensMaster],
  sizes: { small: { queens: 8, handedOutRows: 3, workers: 10 }, full: { queens: 12, handedOutRows: 5, workers: 20 } },
  expected: ({ queens }) => known.get(queens),
  async run(hub, { queens, handedOutRows, workers }) {
    const options = Array.from({ length: workers }, (_, worker) => ({ id: `worker-${worker}`, args: { queens, handedOutRows } }));
    const all = await startAll(hub, QueensWorker, options);
    const master = await hub.start(QueensMaster, { id: "master" });
    return master.ask("solve", { workers: all.map(({ id }) => id) }, patient);
  },
});
