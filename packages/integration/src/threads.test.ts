import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Ledger } from "./fixtures/ledger.actor.js";
import { ThreadNode } from "./fixtures/thread-node.js";
import { Trouble } from "./fixtures/trouble.actor.mjs";

const workers = new Set<Worker>();
const noteWorker = (worker: Worker): void => {
  workers.add(worker);
  worker.once("exit", () => workers.delete(worker));
};
beforeAll(() => void process.on("worker", noteWorker));
afterAll(() => void process.off("worker", noteWorker));

let node: ThreadNode;
afterEach(async () => {
  node.mailer.close();
  await node.threads.close();
  await vi.waitFor(() => expect(workers.size).toBe(0), { timeout: 20_000 });
});

function tellNotes(to: string, from: string, first: number, count: number): void {
  for (let n = first; n < first + count; n++) node.mailer.tell(null, to, "note", { from, n });
}

const read = (id: string) =>
  node.mailer.ask(null, id, "read", undefined) as Promise<{ count: number; last: object; wrong: string[] }>;

describe("actors on real threads", () => {
  test("are started from TypeScript and from JavaScript, told and asked", async () => {
    node = new ThreadNode();
    const thread = await node.spawn([Ledger, Trouble]);
    await node.place("a", "ledger", thread);
    await node.place("t", "trouble", thread);
    tellNotes("a", "main", 1, 2_500);
    expect(await node.mailer.ask(null, "t", "echo", "hello")).toBe("hello");
    expect(await read("a")).toEqual({ count: 2_500, last: { main: 2_500 }, wrong: [] });
  });

  test("move between two threads under load, and keep order and every message", async () => {
    node = new ThreadNode();
    const [one, two] = [await node.spawn([Ledger]), await node.spawn([Ledger])];
    await node.place("target", "ledger", one);
    await node.place("sender-1", "ledger", one);
    await node.place("sender-2", "ledger", two);
    const [moves, perRound] = [20, 500];
    for (let move = 0; move < moves; move++) {
      const [from, to] = move % 2 === 0 ? [one, two] : [two, one];
      const moving = from.control.move({ saga: `m${move}`, ids: ["target"], to: to.thread.place, batchSize: 10 });
      const first = move * perRound + 1;
      for (const sender of ["sender-1", "sender-2"])
        node.mailer.tell(null, sender, "relay", { to: "target", first, count: perRound });
      tellNotes("target", "main", first, perRound);
      expect(await moving).toEqual([{ id: "target", epoch: move + 2 }]);
      expect((await read("target")).wrong).toEqual([]);
    }
    const sent = moves * perRound;
    await vi.waitFor(async () => expect((await read("target")).count).toBe(3 * sent), { timeout: 10_000 });
    expect(await read("target")).toEqual({
      count: 3 * sent,
      last: { main: sent, "sender-1": sent, "sender-2": sent },
      wrong: [],
    });
    expect(node.deadLetters).toEqual([]);
  });
});

describe("a thread that dies", () => {
  const asks = [
    ["throws outside a handler", "throwLater", /thrown outside a handler/],
    ["calls process.exit", "exit", /exit/],
    ["runs out of heap", "hoard", /memory/],
  ] as const;
  test.each(asks)(
    "because an actor %s tells its exit, fails its calls and leaves its neighbour alone",
    async (_why, message, reason) => {
      node = new ThreadNode();
      const [one, two] = [await node.spawn([Trouble]), await node.spawn([Trouble])];
      await node.place("bad", "trouble", one);
      await node.place("good", "trouble", two);
      const waiting = node.mailer.ask(null, "bad", "echo", "before");
      expect(await waiting).toBe("before");
      node.mailer.tell(null, "bad", message, undefined);
      const exit = await one.exit;
      expect(exit).toMatchObject({ kind: "died", error: { message: expect.stringMatching(reason) } });
      await expect(one.control.depths()).rejects.toMatchObject({ code: "ThreadExited" });
      expect(await node.mailer.ask(null, "good", "echo", "still here")).toBe("still here");
    },
  );

  test("because it is blocked and was told to stop ends by the deadline", async () => {
    node = new ThreadNode();
    const [one, two] = [await node.spawn([Trouble]), await node.spawn([Trouble])];
    await node.place("bad", "trouble", one);
    await node.place("good", "trouble", two);
    node.mailer.tell(null, "bad", "block", undefined);
    await vi.waitFor(() => expect(one.counted().received).toBe(1), { timeout: 20_000 });
    const call = expect(one.control.depths()).rejects.toMatchObject({ code: "ThreadExited" });
    await one.thread.stop(200);
    expect(await one.exit).toEqual({ kind: "stopped" });
    await call;
    expect(await node.mailer.ask(null, "good", "echo", "still here")).toBe("still here");
  });
});

describe("a thread that cannot start", () => {
  const wrong = [
    ["throws while it loads", "throw new Error('not today')", /not today/],
    ["exits while it loads", "process.exit(7)", /exit/],
    ["does not export its actor", "export const other = 1", /does not export/],
    ["cannot be parsed", "export const =", /cannot be imported/],
    ["never finishes loading", "await new Promise((resolve) => setTimeout(resolve, 1e8))", /did not load its actors within/],
    ["blocks while it loads", "for (;;);", /did not load its actors within/],
  ] as const;
  test.each(wrong)("because a module %s says so", async (_why, source, reason) => {
    // The next thread must come up within it too.
    node = new ThreadNode({ startTimeoutMs: /within/.test(reason.source) ? 6_000 : 20_000 });
    const module = `data:text/javascript,${encodeURIComponent(source)}`;
    const start = node.spawn([{ name: "broken", module }]);
    await expect(start).rejects.toMatchObject({ code: "StartFailed", message: expect.stringMatching(reason) });
    expect((await node.spawn([Trouble])).thread.place).toBe("n@1/0.1");
  });

  test("because its module is missing says so", async () => {
    node = new ThreadNode();
    const module = new URL("./fixtures/nowhere.js", import.meta.url).href;
    await expect(node.spawn([{ name: "nowhere", module }])).rejects.toMatchObject({
      code: "StartFailed",
      message: expect.stringContaining("nowhere.js"),
    });
  });
});
