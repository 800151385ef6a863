import { until } from "@process-hub/protocol/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Counter, Till } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

/** What a hub tells of handlers that threw, of restarts, and in its log. */
function told(hub: Hub) {
  const failed: unknown[] = [];
  const restarted: string[] = [];
  const lines: string[] = [];
  hub.on("handlerFailed", ({ error, ...event }) => failed.push({ ...event, error: error.message }));
  hub.on("childRestarted", ({ id }) => restarted.push(id));
  hub.on("log", ({ level, message }) => lines.push(`${level}: ${message}`));
  return { failed, restarted, lines };
}

test("a throw is an answer: the caller, the event and the log have it, and the actor goes on", async () => {
  const hub = await lab.hub("a", { threads: 1 });
  const { failed, restarted, lines } = told(hub);
  const till = await hub.start(Till, { id: "t" });
  await till.ask("pay", 3);
  await expect(till.ask("pay", -1)).rejects.toMatchObject({ name: "RangeError", message: "declined", code: "Declined" });
  expect(await till.ask("pay", 4)).toBe(7);
  const where = { node: "a", thread: 0, id: "t", actor: "till", message: "pay" };
  await until("it is told", () => failed.length > 0);
  expect(failed).toEqual([{ ...where, error: "declined", outcome: "resume", more: 0 }]);
  expect(lines).toEqual(["warn: the handler of pay threw, and actor t (till) goes on: declined"]);
  expect(restarted).toEqual([]);
});

test("of what an actor told, the event names the sender, and the log has an error", async () => {
  const hub = await lab.hub("a", { threads: 1 });
  const { failed, lines } = told(hub);
  const from = await hub.start(Till, { id: "from" });
  await hub.start(Till, { id: "to" });
  await from.ask("refund", "to");
  await until("it is told", () => failed.length > 0);
  expect(failed).toMatchObject([{ id: "to", message: "pay", sender: "from" }]);
  expect(lines).toEqual([expect.stringMatching(/^error: the handler of pay threw/)]);
});

test("an actor that restarts says so in the same event", async () => {
  const hub = await lab.hub("a", { threads: 1 });
  const { failed, restarted } = told(hub);
  const counter = await hub.start(Counter, { id: "c" });
  await expect(counter.ask("crash")).rejects.toThrow("as told");
  await until("it is told", () => failed.length > 0 && restarted.length > 0);
  expect(failed).toMatchObject([{ id: "c", actor: "counter", message: "crash", outcome: "restart" }]);
});
