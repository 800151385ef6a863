import type { HubEvents } from "@process-hub/cluster";
import { expect, test } from "vitest";
import { logHub } from "./logging.js";

type Line = HubEvents["log"];

/** A hub that logs these lines, and what was written of them. */
function written(logger: Parameters<typeof logHub>[1], lines: readonly Line[]): string {
  let text = "";
  const hub = {
    node: "n",
    on: (_name: string, listener: (line: never) => void) => {
      for (const line of lines) listener(line as never);
      return () => {};
    },
  };
  logHub(hub as never, logger, (some) => {
    text += some;
  });
  return text;
}

const lines: Line[] = [
  { level: "info", message: "all is well" },
  { level: "warn", message: "less so" },
  { level: "error", id: "cart-1", message: "crashed", data: { code: 7 } },
];

test("warnings and errors are written, with the node, the actor and the data", () => {
  expect(written(undefined, lines)).toBe("warn: n: less so\nerror: n: cart-1: crashed\n  { code: 7 }\n");
});

test("a logger hears every level, and nothing is written beside it", () => {
  const heard: unknown[] = [];
  const hear =
    (level: string) =>
    (...args: unknown[]): void =>
      void heard.push([level, ...args]);
  const logger = { debug: hear("debug"), info: hear("info"), warn: hear("warn"), error: hear("error") };
  expect(written(logger, lines)).toBe("");
  expect(heard).toEqual([
    ["info", "n: all is well", undefined],
    ["warn", "n: less so", undefined],
    ["error", "n: cart-1: crashed", { code: 7 }],
  ]);
});

test("false silences it", () => {
  expect(written(false, lines)).toBe("");
});
