import { HubConfigError, NotSerializable } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { diary } from "../fixtures/diary.js";
import { childSpec } from "./child-spec.js";

const { Diary } = diary();

test("holds all that a start was given, and restarts for ever by default", () => {
  const options = { id: "a", args: { from: 1 }, tag: "t", metadata: { team: 7 }, nodes: ["n-1"] };
  expect(childSpec(Diary, options)).toEqual({ ...options, actor: "diary", restart: "permanent" });
  expect(childSpec(Diary, { id: "a", restart: "temporary" }).restart).toBe("temporary");
});

test.each<[string, object, RegExp]>([
  ["no id", { id: "" }, /id/],
  ["an id that is too long", { id: "x".repeat(513) }, /id/],
  ["an id with half of a surrogate pair", { id: "x\ud800" }, /id: takes well-formed text/],
  ["a tag with half of a surrogate pair", { id: "a", tag: "\udfff" }, /tag: takes well-formed text/],
  ["an unknown policy", { id: "a", restart: "sometimes" }, /restart/],
  ["no node to run on", { id: "a", nodes: [] }, /nodes/],
  ["a node that cannot be", { id: "a", nodes: ["a b"] }, /nodes.0/],
])("%s is a HubConfigError", (_, options, text) => {
  const make = () => childSpec(Diary, options as { id: string });
  expect(make).toThrow(HubConfigError);
  expect(make).toThrow(text);
});

test("shares nothing with what it was given", () => {
  const options = { id: "a", args: { limits: { max: 1 }, at: new Date(5) }, metadata: { team: { n: 7 } }, nodes: ["n-1"] };
  const spec = childSpec(Diary, options);
  options.args.limits.max = 99;
  options.args.at.setTime(6);
  options.metadata.team.n = 99;
  options.nodes.push("n-2");
  expect(spec).toMatchObject({ args: { limits: { max: 1 }, at: new Date(5) }, metadata: { team: { n: 7 } }, nodes: ["n-1"] });
});

test("arguments and metadata that cannot travel are named", () => {
  expect(() => childSpec(Diary, { id: "a", args: { log: () => 1 } })).toThrow("args.log is a function");
  const metadata = JSON.parse('{"__proto__":{"team":7}}') as Record<string, unknown>;
  expect(() => childSpec(Diary, { id: "a", metadata })).toThrow("metadata.__proto__ is a key");
  expect(() => childSpec(Diary, { id: "a", metadata: { at: Promise.resolve() } })).toThrow(NotSerializable);
});
