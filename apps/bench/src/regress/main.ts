/*
 * The program that looks for losses: measures rows, compares what they are of their floors with what was committed, and fails on a loss of more than
 * a quarter in three of three tries. `--write` commits what it measures instead.
 * Without it a change that makes messages slower by half would pass.
 */
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { measureApart } from "../apart.js";
import { leastOf, losses, type Ratios, ratiosOf } from "./losses.js";

/** The rows that are steady on a machine that others use too: a quarter of a minute for all. */
const steady = ["ask-across", "tell-across", "ask-same", "tell-same", "node-to-node"];
const tries = 3;
const committed = new URL("../../src/regress/ratios.json", import.meta.url);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function measure(names: readonly string[]): Promise<Ratios> {
  const ratios: Record<string, Record<string, number>> = {};
  for (const name of names) ratios[name] = ratiosOf((await measureApart(name, true)).figures);
  return ratios;
}

async function compare(): Promise<boolean> {
  const wanted = z.record(z.string(), z.record(z.string(), z.number())).parse(JSON.parse(await readFile(committed, "utf8")));
  let names = Object.keys(wanted);
  for (let attempt = 1; attempt <= tries; attempt++) {
    const lost = losses(wanted, await measure(names));
    for (const { row, name, was, is } of lost)
      print(`try ${attempt}: ${row}, ${name}: ${is.toFixed(3)} of its floor by processor time, was ${was.toFixed(3)}`);
    // What is no loss in one of three is none.
    names = [...new Set(lost.map(({ row }) => row))];
    if (names.length === 0) break;
  }
  print(
    names.length === 0
      ? "no row has lost more than a quarter"
      : `lost more than a quarter in ${tries} tries: ${names.join(", ")}`,
  );
  return names.length === 0;
}

async function write(): Promise<void> {
  const all: Ratios[] = [];
  for (let attempt = 1; attempt <= tries; attempt++) all.push(await measure(steady));
  await writeFile(committed, `${JSON.stringify(leastOf(all), null, 2)}\n`);
}

if (process.argv.includes("--write")) await write();
else if (!(await compare())) process.exitCode = 1;
