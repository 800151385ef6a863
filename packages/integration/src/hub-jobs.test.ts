import { until } from "@process-hub/protocol/testing";
import type { ActorRef, Hub } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Worker } from "./fixtures/worker.actor.js";

let hubs: Hubs;
beforeEach(() => {
  hubs = new Hubs();
});
afterEach(() => hubs.close());

const make = (options: Parameters<Hubs["make"]>[1] = {}): Promise<Hub> =>
  hubs.make("a", { actors: [Worker], threads: 1, ...options });
/** Its hub says soon that a job's handler takes long: so it is in hand. */
const watchful = { stuckAfterMs: 100 };
const inHand = (hub: Hub): Promise<void> =>
  new Promise((resolve) => hub.on("stuck", ({ message }) => message === "job" && resolve()));
const forEver = { module: "primes", input: "for ever" } as const;

describe("ctx.job", () => {
  test("runs away from the actor's thread: others of that thread are served while it is busy, its own waits as for any handler", async () => {
    const hub = await make();
    const busy = await hub.start(Worker, { id: "busy" });
    const other = await hub.start(Worker, { id: "other" });
    const never = busy.ask("job", forEver, { timeoutMs: 6_000 }).catch(({ code }) => code);
    const own = busy.ask("count", undefined, { timeoutMs: 30_000 });
    for (let n = 1; n <= 50; n++) expect(await other.ask("count", undefined, { timeoutMs: 4_000 })).toBe(n);
    expect([await never, await own]).toEqual(["AskTimeout", 1]);
  });

  test("gives back what the function returns; TypeScript is read as actors' modules are", async () => {
    const worker = await (await make()).start(Worker, { id: "w" });
    expect(await worker.ask("job", { module: "primes", input: 1_000 })).toBe(168);
    expect(await worker.ask("job", { module: "typed", input: { by: 21 } })).toBe(42);
  });

  test.each([
    ["throws", { module: "bad", input: "throw" }, { name: "RangeError", message: "as told", code: "E_TOLD", team: 7 }],
    ["throws outside of it while it runs", { module: "bad", input: "stray" }, { name: "RangeError", message: "a stray one" }],
    ["ends its thread", { module: "bad", input: "exit" }, { name: "ThreadExited", code: "ThreadExited" }],
    ["returns what cannot travel", { module: "bad", input: "function" }, { code: "NotSerializable" }],
    ["is not there", { module: "absent" }, { code: "StartFailed" }],
    ["exports no function", { module: "nothing" }, { code: "StartFailed" }],
    ["stands where no setting allows it", { module: "elsewhere" }, { code: "HubConfigError" }],
    ["is a text, and no module of the node", { module: "text" }, { code: "HubConfigError" }],
    ["is named by no URL", { module: "relative" }, { code: "HubConfigError" }],
  ] as const)("one that %s settles by name, and the next one runs", async (_what, job, error) => {
    const worker = await (await make()).start(Worker, { id: "w" });
    expect(await worker.ask("job", { input: undefined, ...job })).toMatchObject(error);
    expect(await worker.ask("job", { module: "primes", input: 100 })).toBe(25);
  });

  test("one that leaves a bomb behind takes no later job with it", async () => {
    const worker = await (await make()).start(Worker, { id: "w" });
    expect(await worker.ask("job", { module: "bad", input: "later" })).toBe("done");
    await until("jobs run again", async () => (await worker.ask("job", { module: "primes", input: 100 })) === 25);
  });

  test("one that leaves an error behind takes no later job with it, and is told", async () => {
    const hub = await make();
    const told: unknown[] = [];
    hub.on("unhandled", ({ job, kind, error }) => told.push([job?.endsWith("bad.job.mjs"), kind, error.message]));
    const worker = await hub.start(Worker, { id: "w" });
    expect(await worker.ask("job", { module: "bad", input: "bomb" })).toBe("done");
    const next = worker.ask("job", { module: "primes", input: 1_000_000 });
    await until("it is told", () => told.length === 1);
    expect([told, await next]).toEqual([[[true, "rejection", "a bomb"]], 78_498]);
  });

  test("one that does not end is ended at its deadline, and its thread is free again", async () => {
    const worker = await (await make({ timings: { jobTimeoutMs: 1_000 } })).start(Worker, { id: "w" });
    expect(await worker.ask("job", forEver)).toMatchObject({
      code: "AskTimeout",
      message: expect.stringMatching(/jobTimeoutMs/),
    });
    await until("its thread is free again", async () => (await worker.ask("job", { module: "primes", input: 100 })) === 25);
  });

  test("more than the node may hold are refused", async () => {
    const hub = await make({ limits: { jobs: { threads: 1, queue: 1 } }, timings: { jobTimeoutMs: 3_000 } });
    const workers: ActorRef[] = [];
    for (const id of ["x", "y", "z"]) workers.push((await hub.start(Worker, { id })) as unknown as ActorRef);
    const answers = await Promise.all(workers.map((worker) => worker.ask("job", forEver, { timeoutMs: 30_000 })));
    expect((answers as { code: string }[]).map(({ code }) => code).sort()).toEqual(["AskTimeout", "AskTimeout", "MailboxFull"]);
  });

  test("one that its handler did not wait for ends with the handler; its thread and the actor's go on", async () => {
    const hub = await make();
    const exits: unknown[] = [];
    hub.on("threadExited", (exit) => exits.push(exit));
    const worker = await hub.start(Worker, { id: "w" });
    expect(await worker.ask("leave")).toBe("left");
    expect(await worker.ask("job", { module: "primes", input: 100 })).toBe(25);
    expect(exits).toEqual([]);
  });

  test("a move waits for the handler, and so for its job", async () => {
    const hub = await make({ threads: 2, timings: { ...watchful, handoffTimeoutMs: 60_000 } });
    const worker = await hub.start(Worker, { id: "w" });
    const here = await worker.ask("where");
    const ended: string[] = [];
    const job = worker.ask("job", { module: "primes", input: 2_000_000 }, { timeoutMs: 60_000 });
    void job.then(() => ended.push("job"));
    await inHand(hub);
    await hub.move("w", { thread: here === "a/0" ? 1 : 0 });
    ended.push("move");
    expect([await job, ended]).toEqual([148_933, ["job", "move"]]);
    expect(await worker.ask("where")).not.toBe(here);
    expect(await worker.ask("count")).toBeGreaterThan(100);
  });

  test("a stop aborts it", async () => {
    const hub = await make({ timings: watchful });
    const worker = await hub.start(Worker, { id: "w" });
    const stopped = worker.ask("job", forEver, { timeoutMs: 60_000 });
    await inHand(hub);
    await hub.stop("w");
    expect(await stopped).toMatchObject({
      code: "ActorStopped",
      message: expect.stringMatching(/actor w ends before its job has/),
    });
  });

  test("a closing hub does not wait for them", async () => {
    const times = { shutdownTimeoutMs: 600_000, stopTimeoutMs: 600_000, jobTimeoutMs: 600_000 };
    const hub = await make({ timings: { ...watchful, ...times } });
    const worker = await hub.start(Worker, { id: "w" });
    const job = worker.ask("job", forEver, { timeoutMs: 600_000 }).catch((error: unknown) => error);
    await inHand(hub);
    await hub.close();
    // What the handler made of it may come too late for who asked.
    expect((await job) as Error).toMatchObject({ name: expect.stringMatching(/^(ActorStopped|HubClosed)$/) });
  });
});
