import {
  type Epoch,
  HandoffFailed,
  HubClosed,
  type MoveOutcome,
  type RegistryRecord,
  StartFailed,
  toWireError,
} from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { Stage, thread } from "../fixtures/stage.js";
import { Redistribution } from "./redistribution.js";

function staged(migration: { mode: "handoff" | "restart"; carryState: boolean } = { mode: "handoff", carryState: false }) {
  const stage = new Stage(["b", "c"]);
  const moves: { readonly ids: readonly string[]; readonly to: string }[] = [];
  const settled: string[] = [];
  const restarts: { readonly id: string; readonly epoch: Epoch }[] = [];
  /** The actors that wait for their next try: with the epoch of their record. */
  const waits: { readonly id: string; readonly epoch: Epoch }[] = [];
  const failing = new Set<string>();
  const lease = { fenced: false };
  let moved: (id: string) => MoveOutcome = (id) => ({ id });
  const redistribution = new Redistribution({
    ...stage,
    migrationOf: () => migration,
    lease,
    settledMoves: { settle: (ids) => void settled.push(...ids) },
    mover: {
      lane: () => "lane",
      move: async (ids, to) => {
        moves.push({ ids, to });
        return ids.map((id) => {
          const outcome = moved(id);
          if (outcome.error === undefined) stage.registry.publish([{ op: "drop", id, epoch: 9, ended: false }]);
          return outcome;
        });
      },
    },
    restarts: {
      once: async ({ spec: { id }, epoch: last }, _, stride = 0) => {
        const epoch = last + stride;
        restarts.push({ id, epoch });
        return { error: failing.has(id) ? toWireError(new StartFailed("no", { id })) : undefined, epoch };
      },
      failed: ({ spec: { id }, epoch }) => void waits.push({ id, epoch }),
    },
  });
  const answer = (given: typeof moved): void => {
    moved = given;
  };
  return { ...stage, stage, redistribution, moves, settled, restarts, waits, failing, lease, answer };
}

const elsewhere = (id: string): MoveOutcome => ({
  id,
  error: toWireError(new HandoffFailed("the target refused", { id, step: "reserve" })),
});

describe("members came or went", () => {
  test("when the window of changes is over, what belongs elsewhere is handed over, and nothing else", async () => {
    const { stage, redistribution, ownership, moves, clock, timings } = staged();
    for (const id of ["x", "y", "stays"]) stage.runs(id, 1);
    ownership.owners.set("x", "b");
    ownership.owners.set("y", "c");
    redistribution.soon();
    redistribution.soon();
    await clock.run(timings.batchWindowMs - 1);
    expect(moves).toEqual([]);
    await clock.run(1);
    expect(moves).toEqual([
      { ids: ["x"], to: "b" },
      { ids: ["y"], to: "c" },
    ]);
    expect(stage.told("redistributionFinished")).toMatchObject([
      {
        ...{ node: "a", moved: 2, failed: 0, cause: "joined", joined: ["b", "c"], left: [], nodes: ["a", "b", "c"] },
        children: [
          { id: "x", to: "b" },
          { id: "y", to: "c" },
        ],
      },
    ]);
    expect(stage.told("redistributionStarting")).toMatchObject([{ node: "a", cause: "joined", ids: ["x", "y"] }]);
    ownership.view = { nodes: ownership.view.nodes.filter(({ node }) => node !== "c") };
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(stage.told("redistributionStarting")[1]).toMatchObject({ cause: "left", joined: [], left: ["c"], nodes: ["a", "b"] });
  });

  test("changes that come together are one change; it waits for the last of them, but not for ever", async () => {
    const { stage, redistribution, ownership, moves, clock, timings } = staged();
    const windowMs = timings.batchWindowMs;
    stage.runs("x", 1);
    ownership.owners.set("x", "b");
    for (let i = 0; i < 4; i++) {
      redistribution.soon();
      await clock.run(windowMs * 0.8);
    }
    expect(moves).toEqual([]);
    redistribution.soon();
    await clock.run(windowMs * 0.7);
    expect(moves).toEqual([]);
    await clock.run(windowMs * 0.1 + 1);
    expect(moves.length).toBe(1);
  });

  test("what went to a node where it does not belong any more goes on from there", async () => {
    const { stage, redistribution, ownership, moves, answer, clock, timings } = staged();
    for (const id of ["x", "y", "z"]) {
      stage.runs(id, 1);
      ownership.owners.set(id, "b");
    }
    answer((id) => {
      ownership.view = { ...ownership.view };
      ownership.owners.set("x", "c");
      ownership.owners.set("z", "c");
      return id === "z" ? { id, error: toWireError(new HandoffFailed("no", {})) } : { id };
    });
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(moves).toEqual([
      { ids: ["x", "y", "z"], to: "b" },
      { ids: ["x"], to: "c" },
    ]);
  });

  test("very many go in several turns", async () => {
    const { stage, redistribution, ownership, moves, clock, timings } = staged();
    for (let i = 0; i < 2_500; i++) {
      stage.runs(`x${i}`, 1);
      ownership.owners.set(`x${i}`, "b");
    }
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(moves.map(({ ids }) => ids.length)).toEqual([1_000, 1_000, 500]);
    expect(stage.told("redistributionFinished")).toMatchObject([{ node: "a", moved: 2_500, failed: 0 }]);
  });

  test("the node is locked meanwhile, and only then", async () => {
    const { stage, redistribution, inbox, clock, timings } = staged();
    stage.runs("x", 1);
    redistribution.soon();
    expect(inbox.locked).toBe(false);
    await clock.run(timings.batchWindowMs);
    expect([inbox.locked, stage.told("redistributionStarting")]).toMatchObject([false, [{ node: "a" }]]);
  });

  test("a node that takes no actors, or is not up, hands over nothing by itself", async () => {
    const { stage, redistribution, ownership, local, moves, clock, timings } = staged();
    stage.runs("x", 1);
    ownership.owners.set("x", "b");
    local.state = "closing";
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(moves).toEqual([]);
  });

  test("one that could not go is named in the log, and stays", async () => {
    const { stage, redistribution, ownership, answer, clock, timings } = staged();
    stage.runs("x", 1);
    ownership.owners.set("x", "b");
    answer(elsewhere);
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(stage.told("redistributionFinished")).toMatchObject([
      { node: "a", moved: 0, failed: 1, children: [{ error: expect.any(Error) }] },
    ]);
    expect(stage.told("log")).toMatchObject([{ level: "warn", message: "actor x was not redistributed: the target refused" }]);
  });

  test("many that could not go for one reason are one line of the log", async () => {
    const { stage, redistribution, ownership, answer, clock, timings } = staged();
    const many = Array.from({ length: 12 }, (_, i) => `x-${i}`);
    for (const id of many) stage.runs(id, 1);
    for (const id of many) ownership.owners.set(id, "b");
    answer(elsewhere);
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    const message =
      "12 actors (x-0, x-1, x-2, x-3, x-4, x-5, x-6, x-7, x-8, x-9 and 2 more) were not redistributed: the target refused";
    expect(stage.told("log")).toMatchObject([{ level: "warn", message }]);
  });
});

describe("a cold swap", () => {
  const cold = { mode: "restart" as const, carryState: false };

  test("stops here, then starts there, never both; others speak for it then", async () => {
    const { stage, redistribution, ownership, group, requests, registry, claims, settled, clock, timings } = staged(cold);
    stage.runs("x", 1);
    ownership.owners.set("x", "b");
    const order: string[] = [];
    group.answers.stop = async () => {
      order.push(`stop ${registry.own("x")?.state} ${claims.isSwapping("x")}`);
      return [];
    };
    requests.answer = (_, request) => {
      order.push(request.type);
      return { type: "adopt", errors: [] };
    };
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect([order, settled, claims.isSwapping("x")]).toEqual([["stop down true", "adopt"], ["x"], false]);
    expect(stage.told("childrenMoved")).toEqual([{ ids: ["x"], to: "b" }]);
  });

  test("that its owner refuses starts again here, above any epoch that the owner may have used", async () => {
    const { stage, redistribution, ownership, requests, restarts, clock, timings } = staged(cold);
    stage.runs("x", 1);
    ownership.owners.set("x", "b");
    requests.answer = () => ({
      type: "adopt",
      errors: [{ id: "x", error: toWireError(new StartFailed("its init threw", { id: "x" })) }],
    });
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(restarts).toEqual([{ id: "x", epoch: 6_001 }]);
  });

  test("whose actor rose by a move that failed meanwhile goes on from there: below that, no later try would count", async () => {
    const { stage, redistribution, ownership, group, requests, restarts, clock, timings } = staged(cold);
    const mine = stage.runs("x", 1);
    ownership.owners.set("x", "b");
    group.answers.stop = async () => {
      stage.registry.publish([{ op: "put", record: { ...mine, epoch: 3, state: "down" } }]);
      return [];
    };
    const asked: (readonly RegistryRecord[])[] = [];
    requests.answer = (_, request) => {
      if (request.type === "adopt") asked.push(request.records);
      return { type: "adopt", errors: [{ id: "x", error: toWireError(new StartFailed("its init threw", { id: "x" })) }] };
    };
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(asked).toMatchObject([[{ epoch: 3, state: "down" }]]);
    expect(restarts).toEqual([{ id: "x", epoch: 6_003 }]);
  });

  test("whose actor was given a later epoch while its owner was asked waits under that, when it cannot start here either", async () => {
    const { stage, redistribution, ownership, requests, waits, failing, clock, timings } = staged(cold);
    const mine = stage.runs("x", 1);
    ownership.owners.set("x", "b");
    failing.add("x");
    requests.answer = () => {
      stage.registry.publish([{ op: "put", record: { ...mine, epoch: 4, state: "down" } }]);
      return { type: "adopt", errors: [{ id: "x", error: toWireError(new StartFailed("its init threw", { id: "x" })) }] };
    };
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(waits).toEqual([{ id: "x", epoch: 4 }]);
  });

  test("of one that was on its way between two places leaves it where it went", async () => {
    const { stage, redistribution, ownership, group, requests, clock, timings } = staged(cold);
    const mine: RegistryRecord = stage.runs("x", 1);
    ownership.owners.set("x", "b");
    group.answers.stop = async () => {
      stage.registry.publish([{ op: "put", record: { ...mine, epoch: 2, place: group.places[1] ?? "" } }]);
      return [];
    };
    requests.answer = (_, request) => ({
      type: "adopt",
      errors:
        request.type === "adopt" && request.records.length > 0 ? [{ id: "x", error: toWireError(new Error("not asked")) }] : [],
    });
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(stage.told("redistributionFinished")).toMatchObject([
      { node: "a", moved: 0, failed: 1, children: [{ error: expect.any(Error) }] },
    ]);
    expect(stage.told("log")).toMatchObject([{ message: expect.stringMatching(/was on its way to .* and goes on there/) }]);
  });

  test("of one whose new place has taken its record over leaves it there too, and starts it nowhere", async () => {
    const { stage, redistribution, ownership, group, requests, clock, timings, restarts } = staged(cold);
    const mine: RegistryRecord = stage.runs("x", 1);
    ownership.owners.set("x", "b");
    group.answers.stop = async () => {
      stage.registry.publish([{ op: "put", record: { ...mine, epoch: 2, place: thread("c", 0), state: "moved" } }]);
      stage.elsewhere("c", "x", 2);
      stage.registry.publish([{ op: "drop", id: "x", epoch: 2, ended: false }]);
      return [];
    };
    requests.answer = () => {
      throw new HubClosed("node b is leaving");
    };
    redistribution.soon();
    await clock.run(timings.batchWindowMs);
    expect(stage.told("log")).toMatchObject([{ message: expect.stringMatching(/was on its way to .* and goes on there/) }]);
    expect(restarts).toEqual([]);
  });
});
