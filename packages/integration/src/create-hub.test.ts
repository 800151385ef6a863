import { availableParallelism } from "node:os";
import { until } from "@process-hub/protocol/testing";
import * as api from "process-hub";
import { child, coldSwap, createHub, memoryNetwork } from "process-hub";
import * as light from "process-hub/actor";
import { describe, expect, test } from "vitest";
import { Player } from "./fixtures/player.actor.js";

describe("the package", () => {
  test("exports what the API names, and the light door only what actor modules need", () => {
    const named = ["createHub", "defineActor", "child", "memoryNetwork", "HubError", ...api.errorCodes];
    const strategies = ["consistentHashing", "guided", "loadBalanced", "coldSwap", "hotSwap", "singularity", "replication"];
    strategies.push(
      "pubSub",
      "gossip",
      "divergence",
      "staticQuorum",
      "dynamicQuorum",
      "majorityQuorum",
      "defineStrategy",
      "ownThread",
    );
    expect([...named, ...strategies].filter((name) => !(name in api))).toEqual([]);
    expect(Object.keys(light)).toEqual(["child", "defineActor"]);
  });
});

describe("createHub", () => {
  test("needs an id alone: a node of its own name, threads for the machine, nobody else", async () => {
    await using hub = await createHub({ id: "alone" });
    expect(hub.node).toMatch(/^[\w.-]+-\d+-\w{6}$/);
    expect(hub.stats().threads.length).toBe(Math.max(1, availableParallelism() - 1));
    expect([hub.isAlive(), hub.isLocked(), hub.nodes(), hub.nodes({ includeLocal: true })]).toEqual([
      true,
      false,
      [],
      [hub.node],
    ]);
    await expect(hub.start(Player, { id: "p" })).rejects.toMatchObject({
      code: "NoNodeForKind",
      message: expect.stringMatching(/has the kind player \(.*: none\); list its definition in `actors`/),
    });
  });

  test("runs its hooks and static children, and closes at the end of its block", async () => {
    const events: string[] = [];
    const hooks = {
      childRegistered: [({ id }: { id: string }) => events.push(`+${id}`)],
      coordinatorStopping: [() => events.push("stopping")],
    };
    const children = [child(Player, { id: "boot", args: { from: 4 }, tag: "boot" })];
    let closed: api.Hub;
    {
      await using hub = await createHub({ id: "block", threads: 1, actors: [Player], children, hooks });
      closed = hub;
      expect(await hub.ref(Player, "boot").ask("read")).toBe(4);
      expect(hub.lookupTag("boot").map(({ id }) => id)).toEqual(["boot"]);
    }
    expect([events, closed.isAlive()]).toEqual([["+boot", "stopping"], false]);
  });

  test("refuses wrong options, other settings and a name that is taken, and leaves nothing behind", async () => {
    await expect(createHub({ id: "a b" })).rejects.toMatchObject({
      code: "HubConfigError",
      fields: { path: "id", given: '"a b"' },
    });
    const network = memoryNetwork();
    const options = { id: "strict", threads: 1, actors: [Player] };
    await using first = await createHub({ ...options, node: "a", transport: network.transport() });
    const other = createHub({ ...options, node: "b", transport: network.transport(), migration: coldSwap() });
    await expect(other).rejects.toMatchObject({
      code: "SettingsMismatch",
      message: expect.stringMatching(/different settings: migration\. Node b has migration coldSwap/),
    });
    const twin = createHub({ ...options, node: "a", transport: network.transport() });
    await expect(twin).rejects.toMatchObject({ code: "HubConfigError", message: expect.stringMatching(/names are unique/) });
    await using second = await createHub({ ...options, node: "b", transport: network.transport() });
    await until("they see each other", () => first.nodes().join() === "b" && second.nodes().join() === "a");
  });

  test("is refused in the hub's own threads: a program in one file is told what to do", async () => {
    const { failure } = await import("./fixtures/single-file.actor.js");
    expect(failure).toMatchObject({
      code: "StartFailed",
      message: expect.stringMatching(/module of actor hello makes a hub as it is imported.*modules of their own.*isMainThread/),
    });
  });
});
