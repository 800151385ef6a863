import { expect, test } from "vitest";
import { live } from "./fixtures/town-life.js";

const first = Number(process.env["SEED"] ?? 1);
const count = Number(process.env["SEEDS"] ?? 200);

test.each([
  ["one node, calm", { nodes: 1, threads: 3, actors: 3, acts: 40, kills: 0, trouble: false }],
  ["two nodes, calm", { nodes: 2, threads: 2, actors: 2, acts: 40, kills: 0, trouble: false }],
  ["two nodes, trouble", { nodes: 2, threads: 2, actors: 3, acts: 60, kills: 0, trouble: true }],
  ["two nodes, kills", { nodes: 2, threads: 3, actors: 3, acts: 60, kills: 2, trouble: true }],
])("%s", async (_name, life) => {
  let done = 0;
  let failed = 0;
  const bad: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const { problems, moves, town } = await live({ ...life, seed, tracing: process.env["TRACE"] !== undefined });
    done += moves.done;
    failed += moves.failed.length;
    if (problems.length > 0) {
      bad.push(`seed ${seed}: ${problems.slice(0, 3).join("; ")}`);
      if (process.env["TRACE"]) console.log(town.trace.join("\n"), moves.failed);
    }
  }
  console.log(_name, { done, failed, bad: bad.length });
  expect(bad.slice(0, 10)).toEqual([]);
}, 300_000);
