/*
 * Recursive matrix multiplication: each actor splits its product in eight and starts an actor for each. Measures large messages.
 * Without it no program would send bytes by the kilobyte, nor hold results of many actors at a time.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";
import { draw } from "./draw.js";
import { patient, program } from "./program.js";

/** A square matrix, row by row. */
const Matrix = z.instanceof(Float64Array);
type Matrix = z.infer<typeof Matrix>;

/** The product by definition. */
function product(a: Matrix, b: Matrix, size: number): Matrix {
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let k = 0; k < size; k++) {
      const factor = a[row * size + k] ?? 0;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        result[at] = (result[at] ?? 0) + factor * (b[k * size + column] ?? 0);
      }
    }
  return result;
}

/** The quarter of a matrix in a half of its rows and a half of its columns. */
function quarter(matrix: Matrix, size: number, down: number, right: number): Matrix {
  const half = size / 2;
  const result = new Float64Array(half * half);
  for (let row = 0; row < half; row++) {
    const from = (down * half + row) * size + right * half;
    result.set(matrix.subarray(from, from + half), row * half);
  }
  return result;
}

/** Adds a quarter to that part of a matrix. */
function addQuarter(matrix: Matrix, size: number, down: number, right: number, part: Matrix): void {
  const half = size / 2;
  for (const [n, value] of part.entries()) {
    const at = (down * half + Math.floor(n / half)) * size + right * half + (n % half);
    matrix[at] = (matrix[at] ?? 0) + value;
  }
}

/** The eight products of quarters: row, column, and what lies between. */
const parts = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ down: n >> 2, right: (n >> 1) & 1, inner: n & 1 }));

/** Multiplies once, by children of its own when the matrices are large, and ends. */
export const Multiplier = defineActor({
  name: "multiplier",
  module: import.meta.url,
  args: z.object({ size: z.int(), smallest: z.int() }),
  state: z.object({ size: z.int(), smallest: z.int() }),
  init: (args) => args,
}).on(
  "multiply",
  { input: z.object({ a: Matrix, b: Matrix }), output: Matrix },
  async ({ size, smallest }, { a, b }, ctx): Promise<Matrix> => {
    ctx.stopSelf("multiplied");
    if (size <= smallest) return product(a, b, size);
    const result = new Float64Array(size * size);
    const children = parts.map(async ({ down, right, inner }, n) => {
      const child = { id: `${ctx.id}.${n}`, args: { size: size / 2, smallest } };
      const multiplier = await ctx.start(Multiplier, child);
      const quarters = { a: quarter(a, size, down, inner), b: quarter(b, size, inner, right) };
      addQuarter(result, size, down, right, await multiplier.ask("multiply", quarters, patient));
    });
    await Promise.all(children);
    return result;
  },
);

const matrixOf = (seed: number, size: number): Matrix => Float64Array.from({ length: size ** 2 }, (_, n) => draw(seed, n) % 100);

/** The product: of whole numbers, so that the order of the additions does not matter. */
export const matrixMultiplication = program({
  name: "matrix-multiplication",
  actors: [Multiplier],
  sizes: { small: { size: 64, smallest: 16 }, full: { size: 512, smallest: 64 } },
  expected: ({ size }) => product(matrixOf(1, size), matrixOf(2, size), size),
  async run(hub, { size, smallest }) {
    const root = await hub.start(Multiplier, { id: "product", args: { size, smallest } });
    return root.ask("multiply", { a: matrixOf(1, size), b: matrixOf(2, size) }, patient);
  },
});
