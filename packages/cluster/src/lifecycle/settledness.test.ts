import { type NodeAnswer, NodeDown } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage, thread } from "../fixtures/stage.js";
import { Settledness } from "./settledness.js";

/** A node that is at rest beside one that says it is too, unless the test says else. */
function staged() {
  const stage = new Stage(["b"]);
  const mover = { isMoving: false };
  const opening: { missing: string | undefined } = { missing: undefined };
  const probation = { leftMs: 0 };
  const redistribution = { isRunning: false, isPlanned: false };
  const settledness = new Settledness({
    ...{ local: stage.local, clock: stage.clock, gate: stage.gate, inbox: stage.inbox, ownership: stage.ownership },
    ...{ registry: stage.registry, membership: stage.membership, requests: stage.requests, mover, redistribution },
    ...{ opening, probation },
    everyMs: 100,
    sync: {
      get isCertain() {
        return stage.sync.isCertain;
      },
      heads: (names) =>
        [...new Set(names)].map((author) => ({ author, incarnation: "1", number: stage.registry.number(author) })),
    },
  });
  const said: { more: Partial<Extract<NodeAnswer, { type: "settled" }>> } = { more: {} };
  stage.requests.answer = () => ({ type: "settled", ...settledness.here(), ...said.more });
  const wait = (timeoutMs = 1_000): Promise<string> =>
    settledness.whole({ timeoutMs }).then(
      () => "at rest",
      (error: Error) => error.message.split("ms: ")[1] ?? error.message,
    );
  return { opening, probation, stage, mover, redistribution, said, settledness, wait };
}

type Scene = ReturnType<typeof staged>;

test("a hub in which nothing is under way is at rest at once", async () => {
  const { wait, stage } = staged();
  expect(await wait()).toBe("at rest");
  expect(stage.requests.asked).toEqual([{ node: "b", request: { type: "settled" } }]);
});

test.each<[string, (scene: Scene) => unknown, string, ((scene: Scene) => unknown)?]>([
  [
    "it does not serve",
    ({ stage }) => (stage.gate.serves = false),
    "node a: it does not serve",
    ({ stage }) => (stage.gate.serves = true),
  ],
  ["it does not know who serves", ({ stage }) => (stage.gate.knowing = Promise.resolve()), "node a: it does not serve"],
  ["it has not heard all others", ({ stage }) => (stage.sync.isCertain = false), "node a: it has not heard yet"],
  ["too few members are there", ({ opening }) => (opening.missing = "the hub has 1 of 3"), "node a: the hub has 1 of 3"],
  ["it is on probation", ({ probation }) => (probation.leftMs = 1.5), "node a: it is on probation for another 2 ms"],
  ["a redistribution is planned", ({ redistribution }) => (redistribution.isPlanned = true), "node a: it moves actors"],
  ["a redistribution runs", ({ redistribution }) => (redistribution.isRunning = true), "node a: it moves actors"],
  ["it is locked", ({ stage }) => stage.inbox.lock(2), "node a: it moves actors"],
  [
    "a move is under way",
    ({ mover }) => (mover.isMoving = true),
    "node a: actors are on their way",
    ({ mover }) => (mover.isMoving = false),
  ],
  [
    "an actor has left and not arrived",
    ({ stage }) => stage.elsewhere("b", "x", 3, { place: thread("a", 0), state: "moved" }),
    "node a: actors are on their way",
    ({ stage }) => {
      stage.runs("x", 3);
      const drop = { op: "drop", id: "x", epoch: 3, ended: false } as const;
      stage.registry.receive({ author: "b", incarnation: "b1", first: 2, changes: [drop] });
    },
  ],
  [
    "an actor of a dead node does not run yet",
    ({ stage }) => {
      stage.elsewhere("c", "x", 3);
      stage.registry.forget("c");
    },
    "node a: actors of a node that is gone",
    ({ stage }) => stage.runs("x", 5_000),
  ],
  ["another node is busy", ({ said }) => (said.more = { busy: "it moves" }), "node b: it moves", ({ said }) => (said.more = {})],
  ["another node sees other members", ({ said }) => (said.more = { nodes: ["b"] }), "node b sees the members b, and not a, b"],
  ["another node has missed changes", ({ said }) => (said.more = { heads: [] }), "node b does not know what node a said last"],
  [
    "another node does not answer",
    ({ stage }) => (stage.requests.answer = () => Promise.reject(new NodeDown("gone", {}))),
    "node b does not answer",
  ],
])("it is not while %s, which is said at the deadline", async (_, disturb, why, restore) => {
  const scene = staged();
  disturb(scene);
  const late = scene.wait(500);
  await scene.stage.clock.run(600);
  expect(await late).toContain(why);
  if (restore === undefined) return;
  const waiting = scene.wait(500);
  await scene.stage.clock.run(150);
  restore(scene);
  await scene.stage.clock.run(150);
  expect(await waiting).toBe("at rest");
});

test("an orphan that may run on no node that is there keeps nobody waiting", async () => {
  const { stage, wait } = staged();
  stage.elsewhere("c", "x", 3, { spec: { id: "x", actor: "counter", args: undefined, restart: "permanent", nodes: ["c"] } });
  stage.registry.forget("c");
  expect(await wait()).toBe("at rest");
});

test("a wait ends with its signal, and with the hub", async () => {
  const { stage, settledness, mover } = staged();
  mover.isMoving = true;
  const aborting = new AbortController();
  const aborted = settledness.whole({ signal: aborting.signal }).catch((error: unknown) => error);
  await stage.clock.run(250);
  aborting.abort(new Error("enough"));
  expect(await aborted).toMatchObject({ message: "enough" });
  const closed = settledness.whole({}).catch((error: unknown) => error);
  stage.local.state = "closing";
  await stage.clock.run(100);
  expect(await closed).toMatchObject({ code: "HubClosed" });
});
