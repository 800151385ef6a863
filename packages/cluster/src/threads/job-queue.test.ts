import { encode, fromWireError, HubConfigError, type Job, type Jobs } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { JobQueue } from "./job-queue.js";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A desk whose jobs end when the test says so. */
function made() {
  const clock = new VirtualClock();
  const running: { readonly job: Job; readonly signal: AbortSignal; end(output: string): void; fail(error: Error): void }[] = [];
  const jobs: Jobs = {
    run: (job, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        running.push({ job, signal, end: (output) => resolve(encode(output)), fail: reject });
      }),
    close: async () => {},
  };
  const answers: string[] = [];
  const desk = new JobQueue({
    clock,
    jobs,
    limits: { threads: 1, queue: 2 },
    check: (module) => {
      if (module.startsWith("data:")) throw new HubConfigError("not here");
    },
    timeoutMs: 100,
    answer: (to, { call, error }) => answers.push(`${to}:${call} ${error === undefined ? "done" : fromWireError(error).name}`),
  });
  const begin = (call: number, from = "a"): void =>
    desk.begin({ type: "job", call, module: `file:///${call}`, input: encode(1) }, from);
  return { clock, running, answers, desk, begin };
}

describe("the job desk", () => {
  test("runs so many at once, the others in the order they came, and refuses what is over the queue", async () => {
    const { running, answers, begin } = made();
    for (const call of [1, 2, 3, 4]) begin(call);
    expect([running.map(({ job }) => job.module), answers]).toEqual([["file:///1"], ["a:4 MailboxFull"]]);
    running[0]?.end("one");
    await tick();
    running[1]?.fail(new RangeError("two"));
    await tick();
    expect([running.map(({ job }) => job.module), answers]).toEqual([
      ["file:///1", "file:///2", "file:///3"],
      ["a:4 MailboxFull", "a:1 done", "a:2 RangeError"],
    ]);
  });

  test("refuses a module that the node may not run, and none of its turns is spent on it", async () => {
    const { running, answers, begin, desk } = made();
    desk.begin({ type: "job", call: 9, module: "data:text/javascript,1", input: encode(1) }, "a");
    begin(1);
    expect([answers, running.map(({ job }) => job.module)]).toEqual([["a:9 HubConfigError"], ["file:///1"]]);
  });

  test("counts the deadline from the beginning of a job, not from its arrival", async () => {
    const { running, answers, begin, clock } = made();
    begin(1);
    begin(2);
    await clock.run(99);
    running[0]?.end("in time");
    await clock.run(99);
    expect(answers).toEqual(["a:1 done"]);
    await clock.run(1);
    expect([answers, running[1]?.signal.aborted]).toEqual([["a:1 done", "a:2 AskTimeout"], true]);
  });

  test("one that is aborted ends, or never begins, and is answered to nobody", async () => {
    const { running, answers, begin, desk } = made();
    for (const call of [1, 2, 3]) begin(call);
    desk.abort(2, "a");
    desk.abort(1, "b");
    expect(running[0]?.signal.aborted).toBe(false);
    desk.abort(1, "a");
    await tick();
    expect([running.map(({ job, signal }) => [job.module, signal.aborted]), answers]).toEqual([
      [
        ["file:///1", true],
        ["file:///3", false],
      ],
      [],
    ]);
  });

  test("the jobs of a thread that ended end with it; those of others go on", async () => {
    const { running, answers, begin, desk } = made();
    begin(1, "a");
    begin(1, "b");
    desk.placeDown("a");
    await tick();
    running[1]?.end("b's");
    await tick();
    expect([running[0]?.signal.aborted, answers]).toEqual([true, ["b:1 done"]]);
  });

  test("closed, it settles all and takes no more", async () => {
    const { running, answers, begin, desk } = made();
    begin(1);
    begin(2);
    desk.close();
    begin(3);
    await tick();
    expect([answers, running.length]).toEqual([["a:1 HubClosed", "a:2 HubClosed", "a:3 HubClosed"], 1]);
  });
});
