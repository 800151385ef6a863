import { MessageChannel } from "node:worker_threads";
import { type StrategyPort, ThreadExited, toWireError } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { clusterView } from "./cluster-view.js";
import { consistentHashing } from "./distribution/consistent-hashing.js";
import { memoryPorts } from "./memory-ports.js";
import { messagePort } from "./message-port.js";
import { hotSwap } from "./migration/hot-swap.js";
import { divergence } from "./partition/divergence.js";
import type { PartitionStrategy } from "./partition/family.js";
import type { RedundancyStrategy } from "./redundancy/family.js";
import { singularity } from "./redundancy/singularity.js";
import { serveStrategy } from "./serve-strategy.js";
import { StrategyClient } from "./strategy-client.js";
import { inlineStrategies } from "./strategy-host.js";
import { pubSub } from "./synchronization/pub-sub.js";

const view = clusterView(["a", "b"].map((node) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 })));
const spread = { type: "spread", self: "a", peers: ["b", "c"], heard: [], seed: 7 } as const;

function listening(port: StrategyPort, clock = new VirtualClock(0)) {
  const told: unknown[] = [];
  const client = new StrategyClient({
    family: "synchronization",
    port,
    clock,
    deadlineMs: 1_000,
    badFrame: (error) => told.push(`bad frame: ${error.message}`),
  });
  const ask = (question: Parameters<typeof client.ask>[0] = spread) =>
    client.ask(
      question,
      ({ to }) => told.push(to),
      (error) => told.push(error),
    );
  return { told, client, ask, clock };
}

describe("a strategy in memory", () => {
  test("answers before the question returns, and needs no timer", () => {
    const { told, ask, clock } = listening(inlineStrategies.open(pubSub()));
    ask();
    expect([told, clock.pending]).toEqual([[["b", "c"]], 0]);
  });

  test("an error that an asker throws comes back to the asker, as from a direct call", () => {
    const { client } = listening(inlineStrategies.open(pubSub()));
    const thrown = () =>
      client.ask(
        spread,
        () => {
          throw new RangeError("mine");
        },
        () => {},
      );
    expect(thrown).toThrow(new RangeError("mine"));
  });

  test("a question asked while an answer is taken is answered inside it", () => {
    const { client } = listening(inlineStrategies.open(pubSub()));
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    client.ask(
      spread,
      () => {
        client.ask(spread, note("inner"), note("failed"));
        order.push("outer");
      },
      note("failed"),
    );
    expect(order).toEqual(["inner", "outer"]);
  });
});

describe("a strategy over a MessagePort", () => {
  test("answers the same, in the order asked", async () => {
    const { port1, port2 } = new MessageChannel();
    serveStrategy(pubSub(), messagePort(port2));
    const { told, ask, client } = listening(messagePort(port1));
    const last = new Promise<void>((resolve, reject) => {
      ask();
      ask({ ...spread, peers: [] });
      client.ask(
        { ...spread, heard: ["b"] },
        ({ to }) => {
          told.push(to);
          resolve();
        },
        reject,
      );
    });
    expect(told).toEqual([]);
    await last;
    expect(told).toEqual([["b", "c"], [], []]);
    client.close();
  });

  test("a frame that cannot be read is an error answer", async () => {
    const { port1, port2 } = new MessageChannel();
    serveStrategy(pubSub(), messagePort(port2));
    const answers = new Promise<unknown[]>((resolve) => {
      const all: unknown[] = [];
      port1.on("message", (answer) => all.push(answer) === 3 && resolve(all));
    });
    for (const garbage of ["garbage", { type: "spread", call: 4 }, { ...spread, call: 5, to: "b" }]) port1.postMessage(garbage);
    expect(await answers).toMatchObject(
      [0, 4, 5].map((call) => ({ type: "error", call, error: { code: "InvalidMessage", message: /^pubSub cannot read/ } })),
    );
    port1.close();
  });
});

describe("every family", () => {
  const ask = (strategy: Parameters<typeof serveStrategy>[0], question: object): unknown => {
    const answers: unknown[] = [];
    const port = inlineStrategies.open(strategy);
    port.onMessage((answer) => answers.push(answer));
    port.post({ ...question, call: 1 });
    return answers[0];
  };

  test("answers its questions", () => {
    const children = [{ id: "x", actor: "counter", nodes: ["b"] }];
    expect(ask(consistentHashing(), { type: "place", view, children, count: 2 })).toEqual({
      type: "place",
      call: 1,
      children: [{ id: "x", owners: ["b"] }],
    });
    expect(ask(consistentHashing(), { type: "check", children, replicas: 1 })).toMatchObject({ children: [{ id: "x" }] });
    expect(ask(hotSwap(), { type: "rules" })).toMatchObject({ mode: "handoff", carryState: true, batchSize: 500 });
    expect(ask(singularity(), { type: "size", view })).toMatchObject({ replicas: 1 });
    expect(ask(singularity(), { type: "plan", view, children: [{ id: "x", owners: ["b", "a"] }] })).toMatchObject({
      children: [{ id: "x", replicas: [{ node: "b", mode: "active" }] }],
    });
    expect(ask(pubSub(), spread)).toMatchObject({ to: ["b", "c"] });
    expect(ask(divergence(), { type: "look", view, memory: null, atMs: 5, remember: true })).toMatchObject({
      verdict: "serve",
      memory: null,
    });
  });

  test("a throw is an error answer that keeps its class", () => {
    expect(ask(divergence(), { type: "reset", memory: null, size: 3 })).toMatchObject({
      type: "error",
      call: 1,
      error: { code: "HubConfigError", message: /divergence does not count/ },
    });
  });

  test("an answer that it may not give is an error answer", () => {
    const half: RedundancyStrategy = { ...singularity(), name: "half", replicas: () => 0.5 };
    const closures: PartitionStrategy = { ...divergence(), remember: () => () => 1 };
    const error = { code: "InvalidReply" };
    expect(ask(half, { type: "size", view })).toMatchObject({ error: { ...error, message: /half .*replicas/s } });
    expect(ask(closures, { type: "look", view, memory: null, atMs: 0, remember: true })).toMatchObject({
      error: { ...error, message: /memory/ },
    });
  });

  test("remembers a view only when asked to, and hears who left", () => {
    const counting: PartitionStrategy = {
      ...divergence(),
      initialMemory: [],
      remember: ({ nodes }, _memory, atMs, left = []) => [nodes.length, atMs, ...left],
    };
    const look = { type: "look", view, memory: ["old"], atMs: 9 };
    expect(ask(counting, { ...look, remember: true, left: ["c"] })).toMatchObject({ memory: [2, 9, "c"] });
    expect(ask(counting, { ...look, remember: false })).toMatchObject({ memory: ["old"] });
  });
});

describe("the client", () => {
  /** A strategy that a test speaks for. */
  function voice() {
    const [here, there] = memoryPorts();
    const asked: unknown[] = [];
    there.onMessage((message) => asked.push(message));
    return { ...listening(here), asked, say: (message: unknown) => there.post(message) };
  }

  test("fails a question that is not answered in time, and ignores a later answer", () => {
    const { told, ask, clock, say } = voice();
    ask();
    clock.pass(999);
    expect(told).toEqual([]);
    clock.pass(1);
    say({ type: "spread", call: 1, to: ["b"] });
    expect(told).toEqual([
      expect.objectContaining({ code: "AskTimeout", fields: expect.objectContaining({ timeoutMs: 1_000 }) }),
    ]);
  });

  test("delivers in the order asked, also where answers come in another", () => {
    const { told, ask, clock, say } = voice();
    ask();
    clock.pass(500);
    ask();
    say({ type: "spread", call: 2, to: ["c"] });
    expect(told).toEqual([]);
    clock.pass(500);
    expect(told).toEqual([expect.objectContaining({ code: "AskTimeout" }), ["c"]]);
    expect(clock.pending).toBe(0);
  });

  test("fails a question whose answer cannot be read, and reports the frame", () => {
    const { told, ask, say } = voice();
    ask();
    say({ type: "spread", call: 1, to: "everyone" });
    expect(told).toEqual([expect.stringMatching(/^bad frame: .*to/s), expect.objectContaining({ code: "InvalidReply" })]);
  });

  test.each([
    [undefined],
    ["garbage"],
    [{ type: "spread", call: 9, to: [] }],
    [{ type: "error", call: 0, error: { name: "Error", message: "what?" } }],
  ])("reports %j, which answers nothing that was asked, and goes on", (garbage) => {
    const { told, ask, say } = voice();
    ask();
    say(garbage);
    say({ type: "spread", call: 1, to: ["b"] });
    expect(told).toEqual([expect.stringMatching(/^bad frame/), ["b"]]);
  });

  test("fails all open questions when the strategy's thread ends, and when it is closed", () => {
    const { told, ask, say, client, clock } = voice();
    ask();
    ask();
    say({ type: "gone", error: toWireError(new ThreadExited("the strategy's thread has ended")) });
    expect(told.splice(0)).toEqual([expect.any(ThreadExited), expect.any(ThreadExited)]);
    ask();
    client.close();
    ask();
    client.close();
    expect(told).toEqual([expect.objectContaining({ code: "HubClosed" }), expect.objectContaining({ code: "HubClosed" })]);
    expect(clock.pending).toBe(0);
  });
});

test("ports in memory keep messages until somebody listens, and are silent once closed", () => {
  const [a, b] = memoryPorts();
  const heard: unknown[] = [];
  a.post(1);
  b.onMessage((message) => heard.push(message));
  a.post(2);
  b.close();
  a.post(3);
  b.post(4);
  expect(heard).toEqual([1, 2]);
});
