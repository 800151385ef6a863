import { expect, test } from "vitest";
import { describeNats } from "../../fixtures/describe-nats.js";
import { deployDrill } from "./drill.js";

describeNats("a deploy over real processes, under load", () => {
  test("to build 2 node by node, a canary back, and all down to build 1: nothing fails, is lost, doubled, refused or dropped", async () => {
    const { users, refused, dropped, wrong, seen, pauseMs } = await deployDrill({ carts: 200, perSecond: 500 });
    expect({ failed: users.failed, refused, dropped, wrong }).toEqual({ failed: {}, refused: [], dropped: [], wrong: [] });
    expect(users.answered).toBe(users.asked);
    expect(seen).toEqual([
      "the new message: 0 EUR",
      "the removed message: InvalidMessage",
      "the new kind: 1",
      "the removed message: true",
      "the new kind: waiting",
    ]);
    // How long an actor stood still; how long its answer took depends on the processors as well, on which a process starts at each step.
    expect(pauseMs).toBeLessThan(500);
  }, 120_000);
});
