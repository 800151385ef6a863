import {
  AskTimeout,
  HubClosed,
  type RegistryRecord,
  StartFailed,
  type StartOrder,
  type StartOutcome,
  ThreadExited,
  toWireError,
  Waiters,
} from "@process-hub/protocol";
import { consistentHashing, singularity } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { life, record, Stage, spec, thread } from "../fixtures/stage.js";
import { Starter } from "./starter.js";

function staged(others: readonly string[] = ["b"]) {
  const stage = new Stage(others);
  const recorded: RegistryRecord[] = [];
  const settled: string[] = [];
  const heard: string[] = [];
  const awaited: string[] = [];
  const misplaced: true[] = [];
  const replaced = new Waiters();
  const threads = { replacing: false };
  const starter = new Starter({
    ...stage,
    distribution: consistentHashing(),
    redundancyOf: () => singularity(),
    messageBytes: 1_000,
    replicaStates: { newest: () => undefined },
    replacement: { replaced: () => (threads.replacing ? replaced.wait() : undefined) },
    startHooks: {
      alters: false,
      begins: (given) => given,
      ended: () => {},
    },
    awaitedStarts: { follow: async (id) => ({ id }) },
    misplaced: () => void misplaced.push(true),
    awaitNode: ({ id }) => void awaited.push(id),
    lookups: { changed: (id) => void settled.push(id) },
    startsAtOnce: 64,
    stopTimeoutMs: 100,
    recorded: (records) => void recorded.push(...records),
    heardOf: (records) => void heard.push(...records.map(({ spec: { id } }) => id)),
  });
  const start = (...ids: string[]): Promise<StartOutcome[]> =>
    starter.start(
      ids.map((id) => spec(id)),
      0,
    );
  return { ...stage, stage, starter, start, awaited, misplaced, recorded, settled, heard, replaced, threads };
}

const codes = (outcomes: readonly StartOutcome[]): (string | number | undefined)[] => outcomes.map(({ error }) => error?.code);

describe("an actor that begins as the members change", () => {
  test.each([
    ["belongs elsewhere by then: who looks where all belong looks again", true, "b", 1],
    ["belongs here still", true, "a", 0],
    ["and they have not changed: it is where it was to be", false, "b", 0],
  ] as const)("%s", async (_, changes, owner, times) => {
    const { stage, start, ownership, misplaced } = staged();
    const started = start("x");
    await Promise.resolve();
    if (changes) ownership.view = { ...ownership.view };
    ownership.owners.set("x", owner);
    await stage.clock.run(0);
    expect(codes(await started)).toEqual([undefined]);
    expect(misplaced).toHaveLength(times);
  });
});

describe("who may start an id", () => {
  test("a start that waited for news of others is passed on to the node that decides by then", async () => {
    const { stage, start, ownership, requests, sync, registry } = staged();
    let learnt = (): void => {};
    sync.isCertain = false;
    sync.certain = () =>
      new Promise((resolve) => {
        learnt = resolve;
      });
    requests.answer = () => ({
      type: "start",
      outcomes: [{ id: "x", error: toWireError(new StartFailed("no", { id: "x" })) }],
      records: [],
    });
    const started = start("x");
    await stage.clock.run(0);
    ownership.registrars.set("x", "b");
    sync.isCertain = true;
    learnt();
    expect(codes(await started)).toEqual(["StartFailed"]);
    expect([requests.asked, registry.own("x")]).toMatchObject([[{ node: "b", request: { type: "start", hops: 2 } }], undefined]);
  });

  test("its registrar admits it once: the second of two starts is told that it runs, or is being started", async () => {
    const { start, registry } = staged();
    const both = await Promise.all([start("x"), start("x")]);
    expect(both.map(codes)).toEqual([[undefined], ["AlreadyStarted"]]);
    expect(registry.own("x")).toMatchObject({ state: "running", epoch: 1 });
    expect(codes(await start("x"))).toEqual(["AlreadyStarted"]);
  });

  test("nobody may while a restart of it is under way, here or elsewhere, or while it is an orphan", async () => {
    const { start, claims, stage } = staged();
    claims.beginRestart("restarted");
    claims.beginPlacing("placed");
    stage.elsewhere("b", "orphan", 3);
    stage.loses("b");
    expect(codes(await start("restarted", "placed", "orphan"))).toEqual(["AlreadyStarted", "AlreadyStarted", "AlreadyStarted"]);
  });

  test("another registrar is asked, one hop further", async () => {
    const { start, ownership, requests, heard } = staged();
    ownership.owners.set("x", "b");
    requests.answer = () => ({ type: "start", outcomes: [{ id: "x" }], records: [record("x", thread("b", 0), 1)] });
    expect(codes(await start("x"))).toEqual([undefined]);
    expect(heard).toEqual(["x"]);
    expect(requests.asked).toMatchObject([{ node: "b", request: { type: "start", hops: 1 } }]);
  });

  test("who was asked in vain too often decides itself, whoever the registrar is by its own view", async () => {
    const { starter, ownership, group, requests } = staged();
    ownership.registrars.set("x", "b");
    expect(codes(await starter.start([spec("x")], 3))).toEqual([undefined]);
    expect([group.toldTo("start").length, requests.asked]).toEqual([1, []]);
  });

  test("a registrar has it started where it belongs, and keeps the id taken meanwhile", async () => {
    const { start, starter, ownership, requests, heard } = staged();
    ownership.owners.set("x", "b");
    ownership.registrars.set("x", "a");
    const records = [record("x", thread("b", 0), 1)];
    let answer = (_: StartOutcome): void => {};
    const asked = new Promise<StartOutcome>((resolve) => {
      answer = resolve;
    });
    requests.answer = () => asked.then((outcome) => ({ type: "start", outcomes: [outcome], records })) as Promise<never>;
    const first = start("x");
    await Promise.resolve();
    expect(codes(await start("x"))).toEqual(["AlreadyStarted"]);
    answer({ id: "x" });
    expect(codes(await first)).toEqual([undefined]);
    expect(requests.asked).toMatchObject([{ node: "b", request: { decided: true } }]);
    expect(heard).toEqual(["x"]);
    expect(starter).toBeDefined();
  });

  test("a host that closes just then is passed over: the next owner has it, and after three tries the caller hears why", async () => {
    const { start, ownership, requests } = staged();
    ownership.owners.set("x", "b");
    ownership.registrars.set("x", "a");
    requests.answer = (_, request) => ({
      type: "start",
      outcomes:
        request.type === "start"
          ? request.specs.map(({ id }) => ({ id, error: { name: "HubError", code: "HubClosed", message: "leaving" } }))
          : [],
      records: [],
    });
    expect(codes(await start("x"))).toEqual(["HubClosed"]);
    expect(requests.asked).toHaveLength(3);
  });

  test("nobody while the node does not serve, and not before it knows who else began to", async () => {
    const { start, gate, group } = staged();
    gate.serves = false;
    expect(codes(await start("x"))).toEqual(["Partitioned"]);
    gate.serves = true;
    let known = (): void => {};
    gate.knowing = new Promise((resolve) => {
      known = () => {
        gate.knowing = undefined;
        resolve();
      };
    });
    const starting = start("y");
    await Promise.resolve();
    expect(group.told).toEqual([]);
    known();
    expect(codes(await starting)).toEqual([undefined]);
  });
});

describe("a start here", () => {
  test("has an epoch above all that were used, and is registered when its thread says that it runs", async () => {
    const { start, registry, recorded } = staged();
    registry.raiseEpochAbove(41);
    await start("x");
    expect(registry.own("x")).toMatchObject({ epoch: 42, state: "running" });
    expect(recorded.map(({ spec: { id } }) => id)).toEqual(["x"]);
  });

  test("of one turn goes to each thread in one order", async () => {
    const { start, group } = staged();
    await Promise.all([start("x"), start("y"), start("zz")]);
    expect(group.told.map(({ given }) => (given[0] as StartOrder[]).map(({ spec: { id } }) => id))).toEqual([["x", "y"], ["zz"]]);
  });

  test("that fails leaves nothing: the id is free, and who looks for it hears so", async () => {
    const { start, group, registry, claims, settled } = staged();
    group.answers.start = async () => [{ index: 0, error: toWireError(new StartFailed("its init threw", { id: "x" })) }];
    expect(codes(await start("x"))).toEqual(["StartFailed"]);
    expect([registry.own("x"), claims.isStarting("x"), settled]).toEqual([undefined, false, ["x"]]);
  });

  test("whose thread dies is told so", async () => {
    const { start, group } = staged();
    group.answers.start = () => Promise.reject(new ThreadExited("gone", { node: "a", thread: 0 }));
    expect(codes(await start("x"))).toEqual(["ThreadExited"]);
  });

  test("whose actor ended before that was known is never registered", async () => {
    const { start, group, claims, registry } = staged();
    group.answers.start = async () => {
      claims.endedEarly("x", 1);
      return [];
    };
    expect(codes(await start("x"))).toEqual([undefined]);
    expect(registry.own("x")).toBeUndefined();
  });

  test("waits for the next life of a thread when none lives, and fails when none is to come", async () => {
    const { start, group, threads, replaced } = staged();
    for (const place of group.places) group.dead.add(place);
    expect(await start("x")).toMatchObject([
      { error: { code: "StartFailed", message: expect.stringMatching(/no thread of node a is running/) } },
    ]);
    threads.replacing = true;
    const starting = start("x");
    await new Promise((resolve) => setImmediate(resolve));
    group.dead.clear();
    replaced.release();
    expect(codes(await starting)).toEqual([undefined]);
  });

  test("that could never be told to another node is refused: its spec is larger than a message", async () => {
    const { starter } = staged();
    const [outcome] = await starter.start([spec("x", { metadata: { text: "x".repeat(2_000) } })], 0);
    expect(outcome?.error).toMatchObject({ code: "StartFailed", fields: { id: "x", limitBytes: 1_000 } });
  });

  test("has nowhere to run when no node takes actors", async () => {
    const { start, ownership } = staged();
    ownership.view = { ...ownership.view, nodes: [] };
    expect(await start("x")).toMatchObject([
      { error: { code: "StartFailed", message: expect.stringMatching(/has no node to run on; nodes that take actors: none/) } },
    ]);
  });
});

describe("a restart", () => {
  test("goes on from the replica of the actor here, under the epoch it is given", async () => {
    const { starter, standing, group } = staged();
    const place = group.places[1] ?? "";
    standing.set("x", { place, active: thread("b", 0), mode: "passive", epoch: 4, stands: true });
    await starter.restart({ spec: spec("x"), life: life("first") }, 1_004);
    expect(group.told).toMatchObject([
      { place, given: [[{ epoch: 1_004, promote: true, life: { root: "first", restarts: 1 } }]] },
    ]);
  });
});

test("a start that a thread does not answer goes to another thread, under a later epoch; what the first may yet begin ends there", async () => {
  const { start, group, registry } = staged();
  const [own = "", other = ""] = group.places[0] === group.placeFor("x") ? group.places : [...group.places].reverse();
  group.unlessBlocked = async (place, call) => {
    if (place === own) throw new AskTimeout("it is blocked", {});
    return call;
  };
  expect(await start("x")).toMatchObject([{ id: "x", placement: { place: other, epoch: 1_001 } }]);
  expect(registry.own("x")).toMatchObject({ place: other, epoch: 1_001, state: "running" });
  expect(group.toldTo("cancelStarts")).toEqual([{ id: "x", epoch: 1 }]);
  group.dead.add(other);
  expect(codes(await start("y!"))).toEqual(["StartFailed"]);
});

test("an actor that was stopped before its start had ended is stopped there, and never registered", async () => {
  const { start, group, registry, claims } = staged();
  let end = (): void => {};
  group.answers.start = () =>
    new Promise((resolve) => {
      end = () => resolve([]);
    });
  const started = start("x");
  await new Promise((resolve) => setImmediate(resolve));
  expect(claims.stopStart("x")).toBe(true);
  end();
  expect(codes(await started)).toEqual(["StartFailed"]);
  expect([registry.own("x"), group.toldTo("stop")]).toEqual([undefined, ["x"]]);
});

test("a registrar whose host was leaving looks at the registry again before it asks the next", async () => {
  const { stage, start, ownership, requests } = staged(["b", "c"]);
  ownership.owners.set("x", "b");
  ownership.registrars.set("x", "a");
  requests.answer = () => {
    stage.elsewhere("c", "x", 7);
    return Promise.reject(new HubClosed("leaving", {}));
  };
  expect(codes(await start("x"))).toEqual(["AlreadyStarted"]);
  expect(requests.asked).toHaveLength(1);
});

test("very many are started in several turns, and each has its outcome", async () => {
  const { start, group, clock } = staged([]);
  const starting = start(...Array.from({ length: 2_500 }, (_, i) => `x${i}`));
  await Promise.resolve();
  const atOnce = (group.toldTo("start") as StartOrder[]).length;
  await clock.run(0);
  const outcomes = await starting;
  expect(atOnce).toBeLessThanOrEqual(1_000);
  expect([outcomes.length, codes(outcomes).filter((code) => code !== undefined)]).toEqual([2_500, []]);
});
