/*
 * The program of the benchmark: runs each measurement and prints the table.
 * Without it there would be nothing for `pnpm bench` to run.
 */
import { measureAcknowledgements } from "./acknowledgements.js";
import { measureAsks } from "./asks.js";
import { measureMoves } from "./moves.js";
import type { Rates } from "./rounds.js";
import { measureSecrets } from "./secrets.js";
import { measureStarts } from "./starts.js";
import { measureTurns } from "./turns/turns.js";

const quick = process.argv.includes("--quick");
const figure = (value: number): string => Math.round(value).toLocaleString("en");
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Prints rates, each with its ratio to the first. */
function against(rates: readonly Rates[]): void {
  const first = rates[0]?.median ?? Number.NaN;
  for (const { name, median, min, max } of rates)
    print(
      `  ${name.padEnd(32)} ${figure(median).padStart(10)}  (${figure(min)} to ${figure(max)})  ${(median / first).toFixed(2)}x`,
    );
}

const asks = await measureAsks(quick ? 20_000 : 60_000, quick ? 3 : 5);
const piscina = asks.find(({ name }) => name === "piscina.run")?.median ?? Number.NaN;
print("Echo to another thread, 1,000 in flight, per second (median, min to max), and against piscina.run:");
for (const { name, median, min, max } of asks) {
  print(
    `  ${name.padEnd(32)} ${figure(median).padStart(10)}  (${figure(min)} to ${figure(max)})  ${(median / piscina).toFixed(2)}x`,
  );
}

print("Asks to another node of this process, 1,000 in flight, per second, and against those without a secret:");
against(await measureSecrets(quick ? 20_000 : 60_000, quick ? 3 : 5));

print(
  "Asks to actors with two standbys, three nodes of this process, 1,000 in flight, per second, and against replies that wait for none:",
);
against(await measureAcknowledgements(quick ? 10_000 : 30_000, quick ? 3 : 5));

const actors = quick ? 20_000 : 100_000;
print(`Starting ${figure(actors)} actors on one node, per second: ${figure(await measureStarts(actors, 1))}`);

const { movesPerSecond, longestPauseMs } = await measureMoves(10_000);
print(
  `Moving 10,000 actors between two nodes of one process, per second: ${figure(movesPerSecond)}; longest pause of one: ${longestPauseMs.toFixed(0)} ms`,
);

print(
  `The longest round of a main thread of nodes with ${figure(actors)} actors each, in milliseconds of processor time, and how much of it was garbage collection:`,
);
for (const { name, actors: some, tookMs, rounds } of await measureTurns(actors)) {
  const { longMs = 0, collectingMs = 0, node = "any" } = rounds[0] ?? {};
  print(
    `  ${name.padEnd(32)} ${figure(longMs).padStart(10)}  (${figure(collectingMs)} collecting; node ${node}, ${figure(some)} actors in ${figure(tookMs)} ms)`,
  );
}
