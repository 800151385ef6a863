/*
 * The command line of the demo: parses the options, runs the fold and the stream, and prints the verdict.
 * Without it there would be no program to start.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { CommanderError } from "commander";
import { CannotStart } from "./cannot-start.js";
import { readFlights } from "./flights.js";
import { foldFlights } from "./fold.js";
import { interruption } from "./interruption.js";
import { join } from "./join.js";
import { startNatsServer } from "./nats-server.js";
import { reach } from "./node.js";
import { type Options, parseOptions } from "./options.js";
import { hasPassed, toJson, toText } from "./report.js";
import { run } from "./run.js";

const interrupted = interruption();

try {
  process.exitCode = await demo(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (interrupted.aborted) process.exitCode = interrupted.reason;
  else if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    console.error(error instanceof CannotStart ? `error: ${error.message}` : error);
    process.exitCode = 1;
  }
}

async function demo(options: Options): Promise<number> {
  const { nats, threads, name, machines } = options;
  if (options.join && nats !== undefined) {
    await join({ nats, threads, ...(name === undefined ? {} : { name }) }, interrupted);
    return 0;
  }
  if (machines === undefined) return stream(options);
  // The processes of this run inherit it: no other program on this machine can speak for one of them.
  process.env.HUB_SECRET ??= randomBytes(24).toString("hex");
  const server = await startNatsServer();
  try {
    return await stream({ ...options, nats: server.url });
  } finally {
    await server.stop();
  }
}

async function stream(options: Options): Promise<number> {
  if (options.nats !== undefined) await reach(options.nats);
  const foldedAtMs = performance.now();
  const expected = await foldFlights(readFlights(options.flights));
  const foldSeconds = ((performance.now() - foldedAtMs) / 1000).toFixed(1);
  console.log(
    `Folded ${options.flights.toLocaleString("en-US")} flights of ${expected.size} airports in one thread: ${foldSeconds} s.`,
  );

  const outcome = await run(options, expected, interrupted);
  console.log(toText(outcome));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(toJson(outcome), undefined, 2)}\n`);
  return hasPassed(outcome) ? 0 : 1;
}
