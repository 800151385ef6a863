import {
  encode,
  InvalidMessage,
  type NodeAnswer,
  type NodeMessage,
  type NodeRequest,
  type RegistryRecord,
  StrictChecks,
} from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { Requests } from "./requests.js";

const locate: Extract<NodeRequest, { type: "locate" }> = { type: "locate", ids: ["x"] };
const found: NodeAnswer = { type: "locate", records: [] };

/** A node that asks; what its peers do with a request is up to the test. */
function made(members: readonly string[] = ["b", "c", "d"], maxBytes = Number.POSITIVE_INFINITY) {
  const clock = new VirtualClock();
  const sent: { readonly to: string; readonly message: NodeMessage }[] = [];
  const peers: {
    handle?: (request: NodeRequest) => Promise<NodeAnswer>;
    reached?: (done: () => void) => void;
    knows?: boolean;
    life?: string;
  } = {};
  const requests = new Requests({
    checks: new StrictChecks(),
    clock,
    send: (to, message) => {
      if (encode(message).byteLength > maxBytes) throw new InvalidMessage("too large");
      if (members.includes(to)) sent.push({ to, message });
      return members.includes(to);
    },
    lifeOf: (node) => (members.includes(node) ? (peers.life ?? "first") : undefined),
    handle: async (_from, request) => {
      if (peers.handle !== undefined) return peers.handle(request);
      if (request.type === "locate") return found;
      throw new RangeError("not today");
    },
    heads: () => [],
    whenReached: (_heads, done) => (peers.reached === undefined ? done() : peers.reached(done)),
    knows: () => peers.knows ?? true,
  });
  const answer = (to: string, given: NodeAnswer): void => {
    const call = sent.flatMap((one) => (one.to === to && one.message.type === "request" ? [one.message.call] : []))[0] ?? 0;
    requests.answered(to, { type: "answer", call, answer: given });
  };
  return Object.assign(peers, { clock, requests, sent, answer });
}

test.each([
  ["an answer", () => found],
  ["an error", () => Promise.reject(new RangeError("not today"))],
] as const)(
  "%s goes to the life that asked, and not to the next one of its node, which counts its calls anew",
  async (_, outcome) => {
    const node = made();
    const { requests, sent } = node;
    const waiting: (() => void)[] = [];
    node.handle = async () => {
      await new Promise<void>((resolve) => void waiting.push(resolve));
      return outcome();
    };
    requests.received("b", { type: "request", call: 7, request: locate });
    node.life = "second";
    requests.received("b", { type: "request", call: 7, request: locate });
    for (const answer of waiting) answer();
    await settle();
    expect(sent).toMatchObject([{ to: "b", message: { type: "answer", call: 7 } }]);
  },
);

test("of many nodes asked, each that is late, gone or no member is named by its own error; the others have answered", async () => {
  const { requests, clock, answer } = made();
  const nodes = ["b", "c", "d", "e"];
  const asked = Promise.allSettled(nodes.map((node) => requests.ask(node, locate, 100)));
  answer("b", found);
  requests.nodeDown("c");
  await clock.run(100);
  answer("d", found);
  const outcomes = (await asked).map((one) => (one.status === "fulfilled" ? "answered" : one.reason));
  expect(outcomes).toEqual([
    "answered",
    expect.objectContaining({ code: "NodeDown", message: "node c went down before it answered", fields: { node: "c" } }),
    expect.objectContaining({ code: "NodeDown", message: "node d did not answer a locate within 100 ms" }),
    expect.objectContaining({ code: "NodeDown", message: "node e is not a member of the hub", fields: { node: "e" } }),
  ]);
});

test("an answer of another kind is no answer", async () => {
  const { requests, answer } = made();
  const asked = requests.ask("b", locate);
  answer("b", { type: "leave" });
  await expect(asked).rejects.toMatchObject({ code: "InvalidReply", fields: { node: "b" } });
});

test("what a node cannot do is answered with its error", async () => {
  const { requests, sent } = made();
  requests.received("b", { type: "request", call: 7, request: { type: "leave", incarnation: "i", number: 0 } });
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toMatchObject([
    { to: "b", message: { type: "answer", call: 7, error: { name: "RangeError", message: "not today" } } },
  ]);
});

test("closed, one whose answer speaks of records that have not come hears so, and not of the answer later", async () => {
  const all = made();
  let reached = (): void => {};
  all.reached = (done) => {
    reached = done;
  };
  const asked = all.requests.ask("b", locate);
  all.answer("b", found);
  all.requests.close();
  await expect(asked).rejects.toMatchObject({ code: "HubClosed" });
  expect(reached).not.toThrow();
});

test("closed, all that wait hear so", async () => {
  const { requests } = made();
  const asked = requests.ask("b", locate);
  requests.close();
  await expect(asked).rejects.toMatchObject({ code: "HubClosed" });
});

test("closed, it asks nobody any more: not even a node that it had not met is said to be down", async () => {
  const { requests, sent } = made();
  requests.close();
  for (const node of ["b", "nobody"]) await expect(requests.ask(node, locate)).rejects.toMatchObject({ code: "HubClosed" });
  expect(sent).toEqual([]);
});

const long = (name: string): string => name.padEnd(200, "-");

test("what is too large to be sent goes in halves, and its answers are one; for one actor it is refused", async () => {
  const { requests, sent } = made(["b"], 500);
  const ids = ["w", "x", "y", "z"].map(long);
  const asked = requests.ask("b", { type: "stop", ids, deadlineMs: 1 });
  for (const { message } of sent) {
    if (message.type !== "request" || message.request.type !== "stop") throw new Error("no stop");
    const outcomes = message.request.ids.map((id) => ({ id }));
    requests.answered("b", { type: "answer", call: message.call, answer: { type: "stop", outcomes } });
  }
  expect((await asked).outcomes).toEqual(ids.map((id) => ({ id })));
  expect(sent).toHaveLength(2);
  const huge = requests.ask("b", { type: "mergeDuplicate", id: "x", state: new Uint8Array(600), hops: 0 });
  await expect(huge).rejects.toMatchObject({ code: "InvalidMessage" });
});

test("an answer that is too large is an error to its asker, who asks again in halves for what was only to be read", async () => {
  const answerer = made(["b"], 6_000);
  const record = (id: string): RegistryRecord => {
    const spec = { id, actor: "a", args: "-".repeat(5_000), restart: "permanent" as const };
    return { spec, place: "b@1/0.0", epoch: 1, mode: "active", life: { name: "l1", restarts: 0, bornAtMs: 1 }, state: "running" };
  };
  answerer.handle = async (request) => ({ type: "locate", records: request.type === "locate" ? request.ids.map(record) : [] });
  const { requests, sent } = made(["b"]);
  const asked = requests.ask("b", { type: "locate", ids: ["x", "y", "z"] });
  for (let i = 0; i < sent.length; i++) {
    const { message } = sent[i] as (typeof sent)[number];
    if (message.type !== "request") continue;
    answerer.requests.received("b", message);
    await new Promise((resolve) => setImmediate(resolve));
    const last = answerer.sent.at(-1)?.message;
    if (last?.type === "answer") requests.answered("b", last);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await asked).records.map(({ spec }) => spec.id)).toEqual(["x", "y", "z"]);
  answerer.handle = async () => {
    throw new RangeError("r".repeat(7_000));
  };
  answerer.requests.received("b", { type: "request", call: 99, request: locate });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answerer.sent.at(-1)?.message).toMatchObject({ call: 99, error: { name: "RangeError", message: "r".repeat(500) } });
});

test("an answer counts from the node that was asked alone", async () => {
  const { requests, sent, answer } = made(["b", "c"]);
  const asked = requests.ask("b", { type: "locate", ids: ["x"] });
  const [call = 0] = sent.flatMap(({ message }) => (message.type === "request" ? [message.call] : []));
  requests.answered("c", { type: "answer", call, error: { name: "Error", message: "a lie" } });
  answer("b", { type: "locate", records: [] });
  expect(await asked).toEqual({ type: "locate", records: [] });
});

test("a change that was answered, and is not known here when its node is gone, is as one that was not answered", async () => {
  const all = made();
  const ask = () => all.requests.ask("b", { type: "update", id: "x", update: { tag: "u" } });
  const known = ask();
  all.answer("b", { type: "update", updated: true });
  expect(await known).toEqual({ type: "update", updated: true });
  all.sent.length = 0;
  all.knows = false;
  const lost = ask();
  all.answer("b", { type: "update", updated: true });
  await expect(lost).rejects.toMatchObject({ code: "NodeDown", fields: { node: "b" } });
});
