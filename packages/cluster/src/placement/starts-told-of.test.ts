import type { NodeMessage, NodeName } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import { StartsToldOf } from "./starts-told-of.js";

function staged() {
  const stage = new Stage(["b", "c"]);
  const sent: { readonly to: NodeName; readonly message: NodeMessage }[] = [];
  const released: string[] = [];
  const heads: NodeName[][] = [];
  const told = new StartsToldOf({
    node: stage.node,
    claims: stage.claims,
    registry: stage.registry,
    sync: {
      heads: (authors) => {
        heads.push([...authors]);
        return [];
      },
    },
    messenger: { send: (to, message) => sent.push({ to, message }) > 0 },
    released: (ids) => void released.push(...ids),
  });
  return { stage, claims: stage.claims, told, sent, released, heads };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a newcomer hears what is being started, and when that has ended, with the hosts' heads", async () => {
  const { stage, claims, told, sent, heads } = staged();
  told.tell("b");
  expect(sent).toEqual([]);
  claims.beginStart("here", 1);
  claims.beginStart("handed-on", undefined);
  claims.beginRestart("again");
  claims.beginPlacing("orphan");
  told.tell("b");
  told.tell("c");
  claims.beginStart("later", 2);
  const ids = ["here", "handed-on", "again", "orphan"];
  expect(sent).toEqual([
    { to: "b", message: { type: "startsUnderWay", ids } },
    { to: "c", message: { type: "startsUnderWay", ids } },
  ]);
  claims.beginStart("again", 3);
  claims.endStart("again");
  claims.endStart("later");
  await turn();
  expect(sent.length).toBe(2);
  claims.endRestart("again");
  claims.endStart("here");
  stage.elsewhere("c", "handed-on", 4);
  claims.endStart("handed-on");
  await turn();
  const ended = { type: "startsEnded", ids: ["again", "here", "handed-on"], heads: [] };
  expect(sent.slice(2)).toEqual([
    { to: "b", message: ended },
    { to: "c", message: ended },
  ]);
  expect(heads).toEqual([
    ["a", "c"],
    ["a", "c"],
  ]);
});

test("a member that is gone hears no more, and what it was starting is free", async () => {
  const { claims, told, sent, released } = staged();
  claims.beginStart("mine", 1);
  told.tell("b");
  claims.heardOfStarts("b", ["x", "y"]);
  claims.heardOfStarts("c", ["z"]);
  told.gone("b");
  expect([released, claims.isUnderWay("x"), claims.isUnderWay("z")]).toEqual([["x", "y"], false, true]);
  claims.endStart("mine");
  await turn();
  expect(sent).toHaveLength(1);
});

test("another node frees what it has claimed itself, and nothing else", () => {
  const { claims, told, released } = staged();
  claims.heardOfStarts("b", ["x"]);
  claims.heardOfStarts("c", ["y"]);
  told.ended("c", ["x", "y", "unknown"]);
  expect([released, claims.starterOf("x"), claims.starterOf("y")]).toEqual([["y"], "b", undefined]);
});

test("who is told of the next start of an id does not hear of the end of the last one", async () => {
  const { claims, told, sent } = staged();
  claims.beginStart("x", 1);
  told.tell("b");
  claims.endStart("x");
  claims.beginStart("x", 2);
  told.tell("c");
  await turn();
  expect(sent.map(({ to, message }) => [to, message.type])).toEqual([
    ["b", "startsUnderWay"],
    ["c", "startsUnderWay"],
    ["b", "startsEnded"],
  ]);
  claims.endStart("x");
  await turn();
  expect(sent.slice(3)).toMatchObject([{ to: "c", message: { type: "startsEnded", ids: ["x"] } }]);
});
