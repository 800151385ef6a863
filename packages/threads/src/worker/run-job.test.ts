import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, encode } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { importJob, runJob, surviveStrayJobErrors } from "./run-job.js";

const job = { module: "node:job", input: encode(20) };

test("the answer is what the function returned, awaited", async () => {
  const answer = await runJob(job, async () => async (n: unknown) => Number(n) + 1);
  expect("output" in answer && decode(answer.output)).toBe(21);
});

test.each([
  ["throws", () => Promise.reject(new RangeError("too much")), "too much"],
  ["returns what cannot travel", () => () => 1, "output"],
])("a function that %s makes an answer, no rejection", async (_, run, text) => {
  const answer = await runJob(job, async () => run);
  expect("error" in answer && answer.error.message).toContain(text);
});

test("an error outside of a job is its answer while it runs; later it is told with the job's module", async () => {
  const process = new EventEmitter();
  const told: unknown[] = [];
  surviveStrayJobErrors(process, ({ module, kind, error }) => told.push([module, kind, error.message]));
  const stray = (after: Promise<unknown>): void =>
    void after.then(() => process.emit("uncaughtException", new RangeError("a stray one")));
  const answer = await runJob(job, async () => () => {
    stray(sleep(1));
    return new Promise(() => {});
  });
  expect("error" in answer && answer.error.message).toBe("a stray one");
  const later = sleep(5);
  await runJob(job, async () => () => stray(later));
  await later;
  await sleep(1);
  process.emit("unhandledRejection", null);
  expect(told).toEqual([
    ["node:job", "exception", "a stray one"],
    [undefined, "rejection", expect.stringContaining("null")],
  ]);
});

test("a module that cannot be loaded makes an answer too", async () => {
  const answer = await runJob({ ...job, module: "node:no-such-module" });
  expect("error" in answer && answer.error).toMatchObject({ code: "StartFailed" });
});

test("a function that was compiled to CommonJS is found a level deeper", async () => {
  const run = await importJob("data:text/javascript,export default { __esModule: true, default: (n) => n + 2 }");
  expect(run(1)).toBe(3);
});

test("a module without a function as its default is refused by name", async () => {
  await expect(importJob("node:path/posix")).rejects.toThrow("node:path/posix has no job");
});
