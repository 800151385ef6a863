import { type Child, child } from "@process-hub/actor";
import { AskTimeout, NodeDown, StartFailed } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { Stage } from "../fixtures/stage.js";
import type { NodeDoor } from "../node/node-door.js";
import { type ChildError, StartResult } from "./results.js";
import { openStatic } from "./static-children.js";

/** A node with static children a and b; `fails`: the errors of its tries to start them, one try after another. */
function staged(...fails: readonly (readonly ChildError[])[]) {
  const stage = new Stage();
  const tries: { readonly ids: string[]; readonly whenPossible: boolean }[] = [];
  const closed: string[] = [];
  const { ownership, hooks, clock, local } = stage;
  const settings = { actors: [], timings: { startTimeoutMs: 1_000, markerRetryMs: 200 } };
  const gate = { serves: true, opened: async () => {} };
  const opening = { isOpen: true, whenOpen: () => {} };
  const door = { ownership, hooks, clock, local, settings, gate, opening } as unknown as NodeDoor;
  const start = async (children: readonly Child[]): Promise<StartResult> => {
    const errors = fails[tries.length] ?? [];
    tries.push({
      ids: children.map(({ options }) => options.id),
      whenPossible: children.some(({ options }) => options.whenPossible === true),
    });
    return new StartResult([], errors, false, new Map());
  };
  const opened = openStatic({
    node: () => door,
    children: ["a", "b"].map((id) => child(Counter, { id })),
    start,
    close: async () => void closed.push("closed"),
  });
  return { clock, opened, tries, closed };
}

const error = (id: string, why: Error): ChildError => ({ id, node: "a", error: why });
const down = error("b", new NodeDown("node b went down before it answered", { node: "b" }));

test("static children whose start failed by what passes are started again, and those alone", async () => {
  const { clock, opened, tries, closed } = staged([down], [error("b", new AskTimeout("nobody answered"))]);
  await clock.run(400);
  await opened;
  expect(tries.map(({ ids }) => ids)).toEqual([["a", "b"], ["b"], ["b"]]);
  expect(closed).toEqual([]);
});

test("but not for ever: then, and for what does not pass, the node closes", async () => {
  const dying = staged(...Array.from({ length: 20 }, () => [down]));
  const failed = expect(dying.opened).rejects.toThrow("the static child b could not be started: node b went down");
  await dying.clock.run(2_000);
  await failed;
  expect([dying.tries.length, dying.closed]).toEqual([6, ["closed"]]);
  const broken = staged([error("a", new StartFailed("no port", { id: "a" }))]);
  await expect(broken.opened).rejects.toThrow("the static child a could not be started: no port");
  expect([broken.tries.length, broken.closed]).toEqual([1, ["closed"]]);
});

test("one that found no node, where another node had to say so, waits for one", async () => {
  const { clock, opened, tries, closed } = staged([error("b", new StartFailed("nowhere", { id: "b", nowhere: true }))]);
  await clock.run(10);
  await opened;
  expect([tries, closed]).toEqual([
    [
      { ids: ["a", "b"], whenPossible: false },
      { ids: ["b"], whenPossible: true },
    ],
    [],
  ]);
});
