import { HubError, NodeDown, type RegistryRecord } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { type Located, Resolver } from "./resolver.js";

const place = "b@1/0.0";
const record = (id: string): RegistryRecord => ({
  spec: { id, actor: "counter", args: undefined, restart: "permanent" },
  place,
  epoch: 3,
  mode: "active",
  bornAtMs: 1,
  state: "running",
});

function desk(askOwner: (ids: readonly string[]) => Promise<readonly RegistryRecord[]> = async () => []) {
  const located = new Map<string, Located>();
  const answers: string[] = [];
  const asked: string[] = [];
  const strangers = new Set<string>();
  const resolver = new Resolver({
    locate: (id) => located.get(id),
    owner: (id) => (id.startsWith("mine") ? undefined : "b"),
    askOwner: (owner, ids) => {
      asked.push(`${owner}: ${ids.join()}`);
      return askOwner(ids);
    },
    reaches: (at) => !strangers.has(at),
    answer: (to, id, at, epoch) => answers.push(`${to} ${id} ${at === undefined ? "none" : `${at}#${epoch}`}`),
  });
  return { located, answers, asked, strangers, resolver };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a resolver", () => {
  test("answers from the registry", () => {
    const { located, answers, asked, resolver } = desk();
    located.set("x", { place, epoch: 2 });
    resolver.resolve("t", ["x", "mine"]);
    expect([answers, asked]).toEqual([[`t x ${place}#2`, "t mine none"], []]);
  });

  test("asks the owner of what is unknown here, all ids in one question", async () => {
    const { answers, asked, resolver } = desk(async () => [record("x")]);
    resolver.resolve("t", ["x", "y"]);
    await settled();
    expect([answers, asked]).toEqual([[`t x ${place}#3`, "t y none"], ["b: x,y"]]);
  });

  test("keeps askers waiting while an actor is between two places", () => {
    const { located, answers, resolver } = desk();
    located.set("x", "waits");
    resolver.resolve("t", ["x"]);
    resolver.resolve("t", ["x"]);
    resolver.resolve("u", ["x"]);
    resolver.changed("x");
    expect(answers).toEqual([]);
    located.set("x", { place, epoch: 2 });
    resolver.changed("x");
    resolver.changed("x");
    expect(answers).toEqual([`t x ${place}#2`, `u x ${place}#2`]);
  });

  test("asks the owner, and does not say that there is none, when who waited for hears nothing here", async () => {
    const { located, answers, asked, resolver } = desk(async () => [record("x")]);
    located.set("x", "waits");
    resolver.resolve("t", ["x"]);
    located.delete("x");
    resolver.changed("x");
    await settled();
    expect([answers, asked]).toEqual([[`t x ${place}#3`], ["b: x"]]);
  });

  test("keeps askers waiting for what runs, says its owner, on a node that is no member here", async () => {
    const { located, answers, strangers, resolver } = desk(async () => [record("x")]);
    strangers.add(place);
    resolver.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual([]);
    located.set("x", { place: "c@1/0.0", epoch: 4 });
    resolver.changed("x");
    expect(answers).toEqual(["t x c@1/0.0#4"]);
  });

  test("keeps askers waiting for what its owner says is down", async () => {
    const { located, answers, resolver } = desk(async () => [{ ...record("x"), state: "down" }]);
    resolver.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual([]);
    located.set("x", { place: "c@1/0.0", epoch: 4 });
    resolver.changed("x");
    expect(answers).toEqual(["t x c@1/0.0#4"]);
  });

  test("answers from the registry when that has come to know more than the owner said", async () => {
    const { located, answers, strangers, resolver } = desk(async () => [record("x")]);
    strangers.add(place);
    resolver.resolve("t", ["x"]);
    located.set("x", { place: "c@1/0.0", epoch: 4 });
    await settled();
    expect(answers).toEqual(["t x c@1/0.0#4"]);
  });

  test("leaves it to the askers to ask again when the owner went down, and says none when it cannot say", async () => {
    let error: Error = new NodeDown("gone");
    const { answers, resolver } = desk(() => Promise.reject(error));
    resolver.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual([]);
    error = new HubError("InvalidMessage", "no such id");
    resolver.resolve("t", ["x"]);
    await settled();
    expect(answers).toEqual(["t x none"]);
  });
});
