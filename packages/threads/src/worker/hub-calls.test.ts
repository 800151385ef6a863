import { ActorNotFound, type ToMainFrame, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { HubCalls } from "./hub-calls.js";

test("each call gets its own answer, whichever comes first, and one that nobody waits for is dropped", async () => {
  const sent: ToMainFrame[] = [];
  const calls = new HubCalls((frame) => void sent.push(frame));
  const nodes = calls.ask({ type: "nodes" });
  const stop = calls.ask({ type: "stop", id: "x" });
  expect(sent).toEqual([
    { type: "hubCall", call: 1, asks: { type: "nodes" } },
    { type: "hubCall", call: 2, asks: { type: "stop", id: "x" } },
  ]);
  calls.done({ type: "hubAnswer", call: 2, value: undefined, error: toWireError(new ActorNotFound("no x", { id: "x" })) });
  calls.done({ type: "hubAnswer", call: 1, value: ["a", "b"] });
  calls.done({ type: "hubAnswer", call: 9, value: 1 });
  await expect(stop).rejects.toMatchObject({ code: "ActorNotFound" });
  expect(await nodes).toEqual(["a", "b"]);
});
