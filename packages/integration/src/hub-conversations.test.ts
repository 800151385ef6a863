import { until } from "@process-hub/protocol/testing";
import type { Hub } from "process-hub";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Session } from "./fixtures/session.actor.js";

let hubs: Hubs;
let a: Hub;
let b: Hub;
beforeEach(async () => {
  hubs = new Hubs();
  [a, b] = await hubs.pair({ actors: [Session] });
  await a.start(Session, { id: "s", nodes: ["a"] });
  await b.start(Session, { id: "t", nodes: ["b"] });
});
afterEach(() => hubs.close());

const refs = () => [a.ref(Session, "s"), a.ref(Session, "t"), b.ref(Session, "s")];

test("a stream comes whole over threads and nodes, and the actor answers beside it", async () => {
  for (const ref of refs()) {
    const words: string[] = [];
    const busy = ref.ask("think", 300);
    const statusMs: number[] = [];
    for await (const word of ref.stream("speak", { words: 40, everyMs: 2 })) {
      words.push(word);
      if (words.length % 10 !== 0) continue;
      const fromMs = performance.now();
      await ref.ask("status");
      statusMs.push(performance.now() - fromMs);
    }
    await busy;
    expect(words).toEqual(Array.from({ length: 40 }, (_, n) => `w${n}`));
    // Far above the 16 ms that are promised on a machine with time to spare, far below the handler beside.
    expect(Math.min(...statusMs)).toBeLessThan(150);
  }
  const fast: string[] = [];
  for await (const word of b.ref(Session, "s").stream("speak", { words: 5_000, everyMs: 0 })) fast.push(word);
  expect(fast.length).toBe(5_000);
  expect((await a.ref(Session, "s").ask("status")).ends).toEqual(["whole", "whole", "whole"]);
});

test("break reaches the generator's signal; a move cuts a stream by name", async () => {
  const ref = b.ref(Session, "s");
  for await (const word of ref.stream("speak", { words: 1_000, everyMs: 1 })) if (word === "w5") break;
  await until("its finally has run", async () => (await ref.ask("status")).ends.length === 1);
  const cut = (async () => {
    for await (const _ of ref.stream("speak", { words: 100_000, everyMs: 1 }));
  })().catch((error: unknown) => error);
  await until("it speaks", async () => (await ref.ask("status")).words > 10);
  const thread = a.lookup("s")?.replicas[0]?.thread ?? 0;
  await a.move("s", { thread: 1 - thread });
  expect(await cut).toMatchObject({ code: "StreamCut", fields: { id: "s", message: "speak" } });
  expect((await ref.ask("status")).ends).toEqual(["Aborted", "Move"]);
});

test("answers that are put off, tasks, cron and linked children over real threads", async () => {
  const ref = b.ref(Session, "s");
  const later = [a.ref(Session, "s").ask("whenDone"), ref.ask("whenDone")];
  await ref.ask("fetch", 20);
  await ref.ask("cron");
  await until("it is fetched", async () => (await ref.ask("status")).ends.length === 1);
  const thread = a.lookup("s")?.replicas[0]?.thread ?? 0;
  await a.move("s", { thread: 1 - thread });
  expect(await ref.ask("finish", "done")).toEqual([true, true]);
  expect(await Promise.all(later)).toEqual(["done", "done"]);
  await until("it ticks", async () => (await ref.ask("status")).ticks > 0);
  expect((await ref.ask("status")).ends).toEqual(["fetched"]);
  const ids = ["c0", "c1", "c2"];
  expect(await ref.ask("hire", ids)).toEqual({ status: "ok", started: ids });
  await a.stop("s");
  await until("they have ended", () => ids.every((id) => b.lookup(id) === undefined));
});
