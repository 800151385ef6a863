import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { parseOptions } from "./options.js";

test("defaults: all flights, three nodes of one thread, with moves", () => {
  expect(parseOptions([])).toEqual({ flights: 3_000_000, nodes: 3, threads: 1, moves: true, killThread: false, join: false });
});

test("every option", () => {
  const args = "--flights 1000 --nodes 2 --threads 4 --no-moves --kill-thread --json out.json".split(" ");
  const rest = { moves: false, killThread: true, join: false, json: "out.json" };
  expect(parseOptions(args)).toEqual({ flights: 1000, nodes: 2, threads: 4, ...rest });
});

test("over NATS: one node here unless it says otherwise; machines are the nodes", () => {
  expect(parseOptions(["--nats", "127.0.0.1:4222"])).toMatchObject({ nats: "127.0.0.1:4222", nodes: 1, join: false });
  expect(parseOptions(["--nats", "nats://ann:pw@a:1", "--nodes", "2"])).toMatchObject({ nodes: 2 });
  expect(parseOptions(["--nats", "tls://a", "--join"])).toMatchObject({ join: true });
  expect(parseOptions(["--machines", "3"])).toMatchObject({ machines: 3, nodes: 3 });
});

test("a wrong server is refused without a word of what may be a password", () => {
  const { error, text } = attempt("--nats ws://ann:hunter2@a:1");
  expect([error?.exitCode, text.split("Give ")[1]]).toEqual([2, expect.stringContaining("host:port")]);
  expect(text.includes("hunter2")).toBe(false);
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
  "--join",
  "--machines 0",
  "--machines 3 --nats a:1",
  "--machines 3 --nodes 2",
  "--machines 3 --join",
  "--nats a:1 --kill-thread",
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
