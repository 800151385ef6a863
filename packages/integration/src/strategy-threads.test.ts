import { realClock, type StrategyPort } from "@process-hub/protocol";
import { inlineStrategies, StrategyClient, type StrategyQuestion, strategyServer } from "@process-hub/strategies";
import { StrategyThread } from "@process-hub/threads/host";
import {
  type AnyStrategy,
  coldSwap,
  consistentHashing,
  divergence,
  dynamicQuorum,
  gossip,
  guided,
  hotSwap,
  loadBalanced,
  majorityQuorum,
  pubSub,
  replication,
  singularity,
  staticQuorum,
} from "process-hub";
import { describe, expect, test } from "vitest";
import { moody } from "./fixtures/moody.strategy.js";
import { nearTag } from "./fixtures/near-tag.strategy.js";
import { tieBreaker } from "./fixtures/tie-breaker.strategy.js";

const load = { eventLoop: 0.5, queued: 10, actors: 3, memory: 0.1 };
const nodes = ["a", "b", "c", "d", "e"].map((node, at) => ({
  node,
  incarnation: "1",
  threads: 2,
  joinedAtMs: 10 - at,
  loads: [{ ...load, eventLoop: at / 5 }],
}));
const view = { nodes };
const part = { nodes: nodes.slice(0, 3) };
const children = ["x", "y", "z"].map((id) => ({ id, actor: "counter", tag: `t/${id}`, nodes: ["c", "a"] }));

/** What each family is asked, one question after the other. */
const questions = {
  distribution: [
    { type: "place", view, children, count: 2 },
    { type: "place", view: part, children: [{ id: "free", actor: "counter" }], count: 5 },
    { type: "check", children: [{ id: "free", actor: "counter" }], replicas: 1 },
  ],
  migration: [{ type: "rules" }],
  redundancy: [
    { type: "size", view },
    { type: "plan", view, children: [{ id: "x", owners: ["b", "a", "c", "d", "e"] }] },
  ],
  synchronization: [1, 2, 3].map((seed) => ({ type: "spread", self: "a", peers: ["b", "c", "d", "e", "f"], heard: ["c"], seed })),
  partition: [
    { type: "look", view, memory: undefined, atMs: 1, remember: true },
    { type: "look", view: part, memory: undefined, atMs: 2, remember: true, left: ["e"] },
    { type: "reset", memory: undefined, size: 9 },
    { type: "look", view: part, memory: undefined, atMs: 3, remember: false },
  ],
};

const threadOf = ({ module = "", name, settings }: AnyStrategy, clock = realClock): StrategyPort =>
  new StrategyThread({ clock, server: strategyServer, origin: { module, name, settings } });

/** The answers to the family's questions, asked one by one; a partition strategy's memory is handed from one to the next. */
async function answers(strategy: AnyStrategy, port: StrategyPort): Promise<unknown[]> {
  const all: unknown[] = [];
  let memory = "initialMemory" in strategy ? strategy.initialMemory : undefined;
  for (const [at, question] of questions[strategy.family].entries()) {
    const answer = await new Promise<object>((resolve) => {
      port.onMessage((message) => resolve(Object(message)));
      port.post({ ...question, ...("memory" in question ? { memory } : {}), call: at + 1 });
    });
    if ("memory" in answer) memory = answer.memory;
    // Where in the code it was thrown is another matter.
    all.push(JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === "stack" ? undefined : value))));
  }
  port.close();
  return all;
}

describe("in a thread of its own", () => {
  test.each<AnyStrategy>([
    consistentHashing(),
    guided(),
    loadBalanced(),
    coldSwap(),
    hotSwap({ batchSize: 7 }),
    singularity(),
    replication({ factor: 3 }),
    replication({ factor: "cluster", model: "active-active" }),
    pubSub(),
    gossip({ recipients: 2 }),
    divergence(),
    staticQuorum({ size: 3 }),
    dynamicQuorum({ percent: 60 }),
    majorityQuorum(),
    nearTag({ separator: "/" }),
    tieBreaker({ node: "a" }),
  ])("$name answers as it does on the main thread", async (strategy) => {
    const [main, own] = [inlineStrategies.open(strategy), threadOf(strategy)];
    const here = await answers(strategy, main);
    expect(await answers(strategy, own)).toEqual(here);
    const failed = here.filter((answer) => Object(answer).type === "error");
    expect(failed.length).toBe(strategy.family === "partition" && strategy.reset === undefined ? 1 : 0);
  });
});

describe("a strategy that misbehaves in its thread", () => {
  const spread = (peer: string): StrategyQuestion<"synchronization"> => ({
    type: "spread",
    self: "a",
    peers: [peer],
    heard: [],
    seed: 1,
  });

  function asking(strategy: AnyStrategy, deadlineMs = 20_000, clock = realClock) {
    const port = threadOf(strategy, clock);
    const client = new StrategyClient({ family: "synchronization", port, clock: realClock, deadlineMs, badFrame: () => {} });
    const ask = (peer: string) =>
      new Promise<readonly string[]>((resolve, reject) => client.ask(spread(peer), ({ to }) => resolve(to), reject));
    return { ask, client };
  }

  test("its throw comes back as itself, and it goes on", async () => {
    const { ask, client } = asking(moody());
    await expect(ask("throw")).rejects.toThrow(new RangeError("in a mood"));
    expect(await ask("b")).toEqual(["b"]);
    client.close();
  });

  test("when it ends its thread, what is open fails, and a second later a new thread answers", async () => {
    let nowMs = 0;
    const { ask, client } = asking(moody(), 20_000, { ...realClock, now: () => nowMs });
    const [exit, after] = [ask("exit"), ask("b")];
    await expect(exit).rejects.toMatchObject({ code: "ThreadExited", message: /of the strategy moody/ });
    await expect(after).rejects.toMatchObject({ code: "ThreadExited" });
    await expect(ask("b")).rejects.toMatchObject({ code: "ThreadExited" });
    nowMs = 1_000;
    expect(await ask("b")).toEqual(["b"]);
    client.close();
  });

  test("when it hangs, the question fails at its deadline, and closing ends it", async () => {
    const { ask, client } = asking(moody(), 1_500);
    await ask("b").catch(() => {});
    await expect(ask("hang")).rejects.toMatchObject({ code: "AskTimeout" });
    client.close();
  });

  test("a module that does not export it is named", async () => {
    const { ask, client } = asking({ ...moody(), name: "cheerful" });
    await expect(ask("b")).rejects.toMatchObject({ code: "ThreadExited", message: /does not export the strategy cheerful/ });
    client.close();
  });
});
