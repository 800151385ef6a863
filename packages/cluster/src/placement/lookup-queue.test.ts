import { HubError, NodeDown, type RegistryRecord, StrictChecks } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { type Located, LookupQueue } from "./lookup-queue.js";

const place = "b@1/0.0";
const record = (id: string): RegistryRecord => ({
  spec: { id, actor: "counter", args: undefined, restart: "permanent" },
  place,
  epoch: 3,
  mode: "active",
  life: { name: "l1", restarts: 0, bornAtMs: 1 },
  state: "running",
});

function desk(askOwner: (ids: readonly string[]) => Promise<readonly RegistryRecord[]> = async () => [], pending: string[] = []) {
  const clock = new VirtualClock();
  const located = new Map<string, Located>();
  const answers: string[] = [];
  const asked: string[] = [];
  const strangers = new Set<string>();
  const lookups = new LookupQueue({
    checks: new StrictChecks(),
    clock,
    retryMs: 200,
    isOpen: () => true,
    locate: (id) => located.get(id),
    owner: (id) => (id.startsWith("mine") ? undefined : "b"),
    askOwner: async (owner, ids) => {
      asked.push(`${owner}: ${ids.join()}`);
      return { records: await askOwner(ids), pending: [...pending] };
    },
    reaches: (at) => !strangers.has(at),
    answer: (to, id, at, epoch) => answers.push(`${to} ${id} ${at === undefined ? "none" : `${at}#${epoch}`}`),
  });
  return { located, answers, asked, strangers, lookups, clock };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a resolver", () => {
  test("answers from the registry", () => {
    const { located, answers, asked, lookups } = desk();
    located.set("x", { place, epoch: 2 });
    lookups.resolve("t", ["x", "mine"]);
    expect([answers, asked]).toEqual([[`t x ${place}#2`, "t mine none"], []]);
  });

  test("asks the owner of what is unknown here, all ids in one question", async () => {
    const { answers, asked, lookups } = desk(async () => [record("x")]);
    lookups.resolve("t", ["x", "y"]);
    await settled();
    expect([answers, asked]).toEqual([[`t x ${place}#3`, "t y none"], ["b: x,y"]]);
  });

  test("keeps askers waiting while an actor is between two places", () => {
    const { located, answers, lookups } = desk();
    located.set("x", "waits");
    lookups.resolve("t", ["x"]);
    lookups.resolve("t", ["x"]);
    lookups.resolve("u", ["x"]);
    lookups.changed("x");
    expect(answers).toEqual([]);
    located.set("x", { place, epoch: 2 });
    lookups.changed("x");
    lookups.changed("x");
    expect(answers).toEqual([`t x ${place}#2`, `u x ${place}#2`]);
  });

  test("asks the owner, and does not say that there is none, when who waited for hears nothing here", async () => {
    const { located, answers, asked, lookups } = desk(async () => [record("x")]);
    located.set("x", "waits");
    lookups.resolve("t", ["x"]);
    located.delete("x");
    lookups.changed("x");
    await settled();
    expect([answers, asked]).toEqual([[`t x ${place}#3`], ["b: x"]]);
  });

  test("keeps askers waiting for what runs, says its owner, on a node that is no member here", async () => {
    const { located, answers, strangers, lookups } = desk(async () => [record("x")]);
    strangers.add(place);
    lookups.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual([]);
    located.set("x", { place: "c@1/0.0", epoch: 4 });
    lookups.changed("x");
    expect(answers).toEqual(["t x c@1/0.0#4"]);
  });

  test("keeps askers waiting for what its owner says is down", async () => {
    const { located, answers, lookups } = desk(async () => [{ ...record("x"), state: "down" }]);
    lookups.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual([]);
    located.set("x", { place: "c@1/0.0", epoch: 4 });
    lookups.changed("x");
    expect(answers).toEqual(["t x c@1/0.0#4"]);
  });

  test("answers from the registry when that has come to know more than the owner said", async () => {
    const { located, answers, strangers, lookups } = desk(async () => [record("x")]);
    strangers.add(place);
    lookups.resolve("t", ["x"]);
    located.set("x", { place: "c@1/0.0", epoch: 4 });
    await settled();
    expect(answers).toEqual(["t x c@1/0.0#4"]);
  });

  test("leaves it to the askers to ask again when the owner went down, and says none when it cannot say", async () => {
    let error: Error = new NodeDown("gone");
    const { answers, lookups } = desk(() => Promise.reject(error));
    lookups.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual([]);
    error = new HubError("InvalidMessage", "no such id");
    lookups.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual(["t x none"]);
  });

  test("keeps askers waiting for what its owner starts just now, and looks again: a start that fails changes no record", async () => {
    const starting = ["x"];
    const { answers, asked, lookups, clock } = desk(async () => [], starting);
    lookups.resolve("t", ["x"]);
    await clock.run(199);
    expect([answers, asked.length]).toEqual([[], 1]);
    await clock.run(201);
    expect([answers, asked.length]).toEqual([[], 3]);
    starting.pop();
    await clock.run(200);
    expect([answers, clock.pending]).toEqual([["t x none"], 0]);
  });
});
