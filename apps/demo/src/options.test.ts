import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { parseOptions } from "./options.js";

test("defaults: all flights, three nodes of one thread, with moves", () => {
  expect(parseOptions([])).toEqual({ flights: 3_000_000, nodes: 3, threads: 1, moves: true, killThread: false });
});

test("every option", () => {
  const args = "--flights 1000 --nodes 2 --threads 4 --no-moves --kill-thread --json out.json".split(" ");
  expect(parseOptions(args)).toEqual({ flights: 1000, nodes: 2, threads: 4, moves: false, killThread: true, json: "out.json" });
});

test.each([
  "--flights 0",
  "--flights 3000001",
  "--nodes two",
  "--nodes 1.5",
  "--threads -1",
  "--threads 1e1",
  "--json",
  "--fast",
  "extra",
])("%s is refused with exit code 2 and says why", (args) => {
  const { error, text } = attempt(args);
  expect(error?.exitCode).toBe(2);
  expect(text).toMatch(/^error: /);
});

test("a number out of range names the option, what was given and what is allowed", () => {
  expect(attempt("--nodes 0").text).toBe(
    "error: option '--nodes <n>' argument '0' is invalid. Give a whole number from 1 to 16.\n",
  );
});

test("--help is no failure", () => {
  const { error, text } = attempt("--help");
  expect(error?.exitCode).toBe(0);
  expect(text).toContain("--kill-thread");
});

function attempt(args: string): { error: CommanderError | undefined; text: string } {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  try {
    parseOptions(args.split(" "), { writeOut: write, writeErr: write });
  } catch (error) {
    if (error instanceof CommanderError) return { error, text };
    throw error;
  }
  return { error: undefined, text };
}
