import { InvariantBroken, leaseHolds } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import { ServingGate } from "./serving-gate.js";

function staged(counts = true) {
  const stage = new Stage(["b"]);
  const until = new Float64Array(new SharedArrayBuffer(8));
  until[0] = Number.POSITIVE_INFINITY;
  const gate = new ServingGate({
    ...stage,
    counts,
    lease: {
      get holds() {
        return leaseHolds(until, stage.clock.now(), stage.clock);
      },
    },
    recordOf: (id) => stage.registry.current(id),
    openTimeoutMs: 2_000,
  });
  return { ...stage, stage, gate, until };
}

describe("under a strategy that counts nodes", () => {
  test("a node serves nothing before it returns, and adopts nothing for a while after", async () => {
    const { gate, clock } = staged();
    expect([gate.paused, gate.serves, gate.mayAdopt]).toEqual([true, false, false]);
    gate.returns(clock.now() + 1_000);
    expect([gate.serves, gate.mayAdopt]).toEqual([true, false]);
    await clock.run(1_000);
    expect(gate.mayAdopt).toBe(true);
  });

  test("nothing runs past the lease, whatever the phase", async () => {
    const { gate, clock, until } = staged();
    gate.returns(clock.now());
    until[0] = clock.now() + 10;
    expect([gate.serves, gate.mayAdopt]).toEqual([true, true]);
    await clock.run(11);
    expect([gate.serves, gate.mayAdopt]).toEqual([false, false]);
  });

  test("a refusal says what is so: it calls no node missing, since all may be there", async () => {
    const { gate, clock, until } = staged();
    expect(gate.refusal("x is not started", "x").message).toBe(
      "x is not started: node a does not serve: the nodes it sees (b) are too few, or have not agreed with it yet on who is there",
    );
    gate.returns(clock.now());
    until[0] = clock.now();
    await clock.run(1);
    expect(gate.refusal("x is not started", "x").message).toBe(
      "x is not started: node a does not serve: its right to serve has run out, and the nodes it sees (b) have not renewed it yet",
    );
  });

  test("a node that no quorum agrees with serves on, and adopts nothing", () => {
    const { gate, clock } = staged();
    gate.returns(clock.now());
    gate.agree(false);
    expect([gate.phase, gate.serves, gate.mayAdopt]).toEqual(["alone", true, false]);
    gate.agree(true);
    expect([gate.phase, gate.mayAdopt]).toEqual(["agreed", true]);
  });

  test("agreement means nothing while the node is paused", () => {
    const { gate } = staged();
    gate.agree(true);
    expect(gate.phase).toBe("joining");
  });

  test("a step that the table does not know is a broken invariant", () => {
    const { gate } = staged();
    expect(() => gate.enter("agreed")).toThrow(InvariantBroken);
  });

  test("who starts an actor waits until it is known who else began to serve, where there is anybody else", async () => {
    const { gate, clock, peers } = staged();
    gate.returns(clock.now() + 300);
    let known = false;
    void gate.knowsOthers()?.then(() => {
      known = true;
    });
    await clock.run(299);
    expect(known).toBe(false);
    await clock.run(1);
    expect([known, gate.knowsOthers()]).toEqual([true, undefined]);
    gate.returns(clock.now() + 300);
    peers.length = 0;
    expect(gate.knowsOthers()).toBeUndefined();
  });

  test("an ask of this node's users is refused in a pause, unless its actor runs elsewhere", async () => {
    const { stage, gate, clock } = staged();
    stage.elsewhere("b", "x", 1);
    expect(gate.asked("y")).toBeUndefined();
    const opened = gate.opened(() => {});
    await clock.run(2_000);
    await opened;
    await expect(gate.asked("y")).rejects.toMatchObject({ code: "Partitioned", fields: { id: "y", node: "a" } });
    expect(gate.asked("x")).toBeUndefined();
  });

  test("a node opens when it serves; one that does not within the time opens paused, and says so once", async () => {
    const { stage, gate, clock } = staged();
    const late: string[] = [];
    const opened = gate.opened(() => late.push("late"));
    await clock.run(2_000);
    await opened;
    expect([gate.opening, stage.told("partitionChanged")]).toEqual([
      false,
      [{ node: "a", partitioned: true, members: ["a", "b"] }],
    ]);
    gate.tell();
    gate.returns(clock.now());
    gate.tell();
    gate.release();
    expect([late, stage.told("partitionChanged").length]).toEqual([["late"], 2]);
  });
});

test("under a strategy that always serves, only the lease ends the right to adopt", () => {
  const { gate, until, clock } = staged(false);
  expect([gate.phase, gate.paused, gate.serves, gate.mayAdopt]).toEqual(["always", false, true, true]);
  until[0] = clock.now() - 1;
  expect([gate.serves, gate.mayAdopt]).toEqual([true, false]);
});
