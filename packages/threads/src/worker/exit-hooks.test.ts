import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { runExitHooks } from "./exit-hooks.js";

test("listeners of exit hear the exit code; what one throws is told", () => {
  const thread = Object.assign(new EventEmitter(), { exitCode: 3 });
  const heard: unknown[] = [];
  const run = (): void => runExitHooks(thread, (error) => heard.push(error));
  thread.on("exit", (code) => heard.push(code));
  run();
  const error = new Error("no such file");
  thread.on("exit", () => {
    throw error;
  });
  run();
  expect(heard).toEqual([3, 3, error]);
});
