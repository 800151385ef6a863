import type { NodeAnswer, NodeMessage, NodeRequest } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { VirtualClock } from "./fixtures/virtual-clock.js";
import { Requests } from "./requests.js";

const locate: Extract<NodeRequest, { type: "locate" }> = { type: "locate", ids: ["x"] };
const found: NodeAnswer = { type: "locate", records: [] };

/** A node that asks; what its peers do with a request is up to the test. */
function made(members: readonly string[] = ["b", "c", "d"]) {
  const clock = new VirtualClock();
  const sent: { readonly to: string; readonly message: NodeMessage }[] = [];
  const requests = new Requests({
    clock,
    send: (to, message) => {
      if (members.includes(to)) sent.push({ to, message });
      return members.includes(to);
    },
    handle: async (_from, request) => {
      if (request.type === "locate") return found;
      throw new RangeError("not today");
    },
    heads: () => [],
    whenReached: (_heads, done) => done(),
  });
  const answer = (to: string, given: NodeAnswer): void => {
    const call = sent.flatMap((one) => (one.to === to && one.message.type === "request" ? [one.message.call] : []))[0] ?? 0;
    requests.answered({ type: "answer", call, answer: given });
  };
  return { clock, requests, sent, answer };
}

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

test("closed, all that wait hear so", async () => {
  const { requests } = made();
  const asked = requests.ask("b", locate);
  requests.close();
  await expect(asked).rejects.toMatchObject({ code: "HubClosed" });
});
