import { until } from "@process-hub/protocol/testing";
import { type ActorRef, type Hub, HubError, NotSerializable } from "process-hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { balanced, Hubs } from "./fixtures/hubs.js";
import { Boss, Guest, Player } from "./fixtures/player.actor.js";
import { Trouble } from "./fixtures/trouble.actor.mjs";

let hubs: Hubs;
let a: Hub;
let b: Hub;
beforeEach(async () => {
  hubs = new Hubs();
  [a, b] = await hubs.pair({ limits: { mailbox: 50, restarts: { max: 3, withinMs: 60_000 } }, timings: { stuckAfterMs: 200 } });
});
afterEach(() => hubs.close());

/** A player here, and one on the other node, both referred to from here. */
async function players(): Promise<[near: string, far: string]> {
  await a.start(Player, { id: "near", nodes: ["a"] });
  await a.start(Player, { id: "far", nodes: ["b"] });
  return ["near", "far"];
}

const deadLetters = (hub: Hub): string[] => {
  const seen: string[] = [];
  hub.on("deadLetter", ({ to, message, reason, count }) => seen.push(`${to} ${message} ${reason} ${count}`));
  return seen;
};

describe("what an actor refuses, near and far", () => {
  test("is told to who asks, as itself", async () => {
    for (const id of await players()) {
      const player = a.ref(Player, id);
      const untyped = player as unknown as ActorRef;
      await expect(untyped.ask("add", { by: "two" })).rejects.toMatchObject({
        code: "InvalidMessage",
        message: expect.stringMatching(/player: by/),
      });
      await expect(untyped.ask("dance")).rejects.toMatchObject({
        code: "InvalidMessage",
        message: expect.stringMatching(/it has: add, read/),
      });
      await expect(untyped.ask("read", 5)).rejects.toMatchObject({
        code: "InvalidMessage",
        message: expect.stringMatching(/takes no input/),
      });
      await expect(player.ask("badReply")).rejects.toMatchObject({ code: "InvalidReply" });
      await expect(player.ask("functionReply")).rejects.toMatchObject({
        code: "NotSerializable",
        fields: { path: "reply.deep[0]" },
      });
      const crash = await player.ask("crash").catch((error: unknown) => error);
      expect(crash).toBeInstanceOf(RangeError);
      expect(crash).toMatchObject({ message: "as told", code: "HandlerFailed" });
      await expect(untyped.ask("add", { by: () => 1 })).rejects.toBeInstanceOf(NotSerializable);
      expect(() => untyped.tell("add", { by: Symbol("no") })).toThrow(NotSerializable);
      expect(await player.ask("add", { by: 1 })).toBe(1);
    }
    await until("the counters add up", () => balanced([a, b]));
  });

  test("shows where it was thrown, and who asked", async () => {
    for (const id of await players()) {
      const asksHere = async (): Promise<unknown> => await a.ref(Player, id).ask("crash");
      const { stack } = (await asksHere().catch((error: unknown) => error)) as Error;
      expect(stack).toMatch(/^RangeError: as told\n[\s\S]*player\.actor\.[jt]s:\d+[\s\S]*asksHere .*hub-messages\.test\.ts:\d+/);
    }
  });

  test("is a dead letter with its reason when it was told", async () => {
    const seen = [...[a, b].map(deadLetters)];
    for (const id of await players()) {
      (a.ref(Player, id) as unknown as ActorRef).tell("dance");
      a.ref(Player, id).tell("end", "enough");
      await until("it has ended", () => a.lookup(id) === undefined);
      a.ref(Player, id).tell("read");
    }
    await until("all are reported", () => seen.flat().length === 4);
    expect(seen.flat().sort()).toEqual([
      "far dance InvalidMessage 1",
      expect.stringMatching(/far read Actor(NotFound|Stopped) 1/),
      "near dance InvalidMessage 1",
      expect.stringMatching(/near read Actor(NotFound|Stopped) 1/),
    ]);
    await until("the counters add up", () => balanced([a, b]));
  });

  test("is what does not fit in its mailbox", async () => {
    for (const id of await players()) {
      const player = a.ref(Player, id);
      const hand = player.ask("slowly", 300);
      const waiting = Array.from({ length: 80 }, () => player.ask("read").catch((error: HubError) => error.code));
      expect(await hand).toBe(1);
      const replies = await Promise.all(waiting);
      // Fifty wait; one more has no room when the first of all was not yet in hand as the rest arrived.
      const full = replies.filter((reply) => reply === "MailboxFull").length;
      expect([30, 31]).toContain(full);
      expect(replies.filter((reply) => reply === 1).length).toBe(80 - full);
    }
    await until("the counters add up", () => balanced([a, b]));
  });
});

describe("an ask", () => {
  test("ends at its timeout or by its signal, and the handler hears of it", async () => {
    for (const id of await players()) {
      const player = a.ref(Player, id);
      await expect(player.ask("untilAborted", undefined, { timeoutMs: 100 })).rejects.toMatchObject({
        code: "AskTimeout",
        fields: { id, message: "untilAborted", timeoutMs: 100 },
      });
      const controller = new AbortController();
      const asked = player.ask("slowly", 100, { signal: controller.signal });
      controller.abort(new Error("never mind"));
      await expect(asked).rejects.toThrow("never mind");
      await expect(player.ask("read", undefined, { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow(
        "too late",
      );
      await expect(player.ask("read", undefined, { timeoutMs: 0 })).rejects.toMatchObject({
        code: "HubConfigError",
        fields: { path: "timeoutMs" },
      });
      // What was aborted before it left, or while it waited, is not handled.
      expect(await player.ask("read")).toBe(0);
    }
    expect(a.stats().asks).toMatchObject({ pending: 0 });
    await until("the counters add up", () => balanced([a, b]));
  });

  test("that expires in the mailbox is not handled", async () => {
    const [, far] = await players();
    const player = a.ref(Player, far);
    const hand = player.ask("slowly", 300);
    await expect(player.ask("add", { by: 50 }, { timeoutMs: 50 })).rejects.toMatchObject({ code: "AskTimeout" });
    await hand;
    expect(await player.ask("read")).toBe(1);
    await until("the counters add up", () => balanced([a, b]));
    expect(a.stats().messages.expired + b.stats().messages.expired).toBe(1);
  });

  test("to an id nobody has is ActorNotFound, from a hub and from an actor", async () => {
    await expect(a.ref(Player, "nobody").ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
    await a.start(Boss, { id: "boss" });
    const error = await b
      .ref(Boss, "boss")
      .ask("askWho", "nobody")
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ code: "ActorNotFound", fields: { id: "nobody" } });
  });
});

describe("an actor's life", () => {
  test("starts others from a handler, which places them by the ring", async () => {
    const boss = await a.start(Boss, { id: "boss" });
    expect(await boss.ask("hire", "hand")).toBe("hand has 5");
    expect(b.lookup("hand")).toBeDefined();
    await expect(boss.ask("hire", "hand")).rejects.toMatchObject({ code: "AlreadyStarted", fields: { id: "hand" } });
  });

  test("ends by stopSelf for good, with its reason", async () => {
    const [, far] = await players();
    const stopped = new Promise((resolve) => b.on("childStopped", resolve));
    a.ref(Player, far).tell("end", "had enough");
    expect(await stopped).toEqual({ id: far, reason: "had enough" });
    await expect(a.ref(Player, far).ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
    expect([a.lookup(far), b.lookup(far)]).toEqual([undefined, undefined]);
  });

  test("goes on after a crash, from its first state, up to its restart intensity; its neighbours notice nothing", async () => {
    const seen = deadLetters(b);
    const [, far] = await players();
    await a.start(Player, { id: "neighbour", nodes: ["b"] });
    await a.ref(Player, "neighbour").ask("add", { by: 9 });
    const restarted: string[] = [];
    b.on("childRestarted", ({ id, cause }) => restarted.push(`${id} ${cause.message}`));
    const stopped = new Promise((resolve) => b.on("childStopped", resolve));
    await a.ref(Player, far).ask("add", { by: 5 });
    for (let crash = 1; crash <= 3; crash++) {
      await expect(a.ref(Player, far).ask("crash")).rejects.toThrow(RangeError);
      expect(await a.ref(Player, far).ask("read")).toBe(0);
    }
    await expect(a.ref(Player, far).ask("crash")).rejects.toThrow(RangeError);
    expect(await stopped).toMatchObject({
      id: far,
      reason: "crashed",
      error: { code: "ActorCrashed", message: expect.stringMatching(/more than 3 times/) },
    });
    await until("the restarts are told", () => restarted.length === 3);
    await expect(a.ref(Player, far).ask("read")).rejects.toMatchObject({ code: "ActorNotFound" });
    expect([await a.ref(Player, "neighbour").ask("read"), b.stats().restarts, seen]).toEqual([9, 3, []]);
  });

  test("of a temporary one ends with its first crash", async () => {
    await a.start(Player, { id: "once", restart: "temporary" });
    await expect(b.ref(Player, "once").ask("crash")).rejects.toThrow("as told");
    await until("it has gone", () => a.lookup("once") === undefined && b.lookup("once") === undefined);
  });

  test("in JavaScript is as good as in TypeScript; what it logs, and a handler that does not end, are heard of", async () => {
    const trouble = (await a.start(Trouble, { id: "js", nodes: ["b"] })) as ActorRef;
    expect(await trouble.ask("echo", "hello")).toBe("hello");
    const [, far] = await players();
    // A thread that is slow to answer is reported too, without an id.
    const stuck = new Promise((resolve) => b.on("stuck", (event) => event.id !== undefined && resolve(event)));
    const logged = new Promise((resolve) => b.on("log", resolve));
    a.ref(Player, far).tell("say", "good morning");
    expect(await logged).toEqual({ level: "info", id: far, message: "good morning", data: { from: far } });
    a.ref(Player, far).tell("never");
    expect(await stuck).toMatchObject({ node: "b", id: far, message: "never" });
    expect(await a.stop(far, { timeoutMs: 100 })).toMatchObject({
      status: "ok",
      stopped: [{ id: far, nodes: ["b"], forced: true }],
    });
    expect(b.lookup(far)).toBeUndefined();
  });
});

describe("an actor that its first message starts", () => {
  test("begins once for tells and asks from two nodes, ends when idle, and begins again", async () => {
    for (let n = 0; n < 40; n++) (n % 2 === 0 ? a : b).ref(Guest, "guest").tell("add");
    await until("all are handled", async () => (await a.ref(Guest, "guest").ask("count")) === 40);
    expect(await (await b.get(Guest, "guest")).ask("count")).toBe(40);
    await until("it has ended", () => a.lookup("guest") === undefined && b.lookup("guest") === undefined);
    expect(await b.ref(Guest, "guest").ask("count")).toBe(0);
  });
});
