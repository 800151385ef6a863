import { decode, encode, StartFailed, type ToMainFrame, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { JobCalls } from "./job-calls.js";

function scene() {
  const sent: ToMainFrame[] = [];
  const { signal, abort } = { ...abortable() };
  return { sent, signal, abort, jobs: new JobCalls((frame) => void sent.push(frame)) };
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: Error) => controller.abort(reason) };
}

test("a job travels with its input, and resolves with its output", async () => {
  const { sent, signal, jobs } = scene();
  const output = jobs.run("node:job", { n: 1 }, signal);
  expect(sent).toMatchObject([{ type: "job", call: 1, module: "node:job" }]);
  expect(sent.map((frame) => frame.type === "job" && decode(frame.input))).toEqual([{ n: 1 }]);
  jobs.done({ type: "jobDone", call: 1, output: encode([2]) });
  expect(await output).toEqual([2]);
});

test("a job without an output resolves with undefined; one with an error rejects with it", async () => {
  const { signal, jobs } = scene();
  const [nothing, failed] = [jobs.run("node:job", 1, signal), jobs.run("node:job", 1, signal)];
  jobs.done({ type: "jobDone", call: 1 });
  jobs.done({ type: "jobDone", call: 2, error: toWireError(new StartFailed("no such module", {})) });
  expect(await nothing).toBeUndefined();
  await expect(failed).rejects.toMatchObject({ code: "StartFailed" });
});

test("the signal ends the wait at once, tells the main thread, and a late answer means nothing", async () => {
  const { sent, signal, abort, jobs } = scene();
  const output = jobs.run("node:job", 1, signal);
  abort(new Error("enough"));
  await expect(output).rejects.toThrow("enough");
  expect(sent.at(-1)).toEqual({ type: "jobAbort", call: 1 });
  jobs.done({ type: "jobDone", call: 1, output: encode(1) });
});

test("after an answer the signal tells nobody", async () => {
  const { sent, signal, abort, jobs } = scene();
  const output = jobs.run("node:job", 1, signal);
  jobs.done({ type: "jobDone", call: 1 });
  await output;
  abort(new Error("too late"));
  expect(sent).toHaveLength(1);
});

test("with a signal that is over already, or an input that cannot travel, nothing is sent", async () => {
  const { sent, signal, abort, jobs } = scene();
  await expect(jobs.run("node:job", () => 1, signal)).rejects.toMatchObject({ code: "NotSerializable" });
  abort(new Error("over"));
  await expect(jobs.run("node:job", 1, signal)).rejects.toThrow("over");
  expect(sent).toEqual([]);
});
