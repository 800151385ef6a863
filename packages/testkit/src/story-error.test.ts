import { defineActor } from "@process-hub/actor";
import { AskTimeout } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Cart } from "./fixtures/cart.actor.js";
import { type Simulation, SimulationError, simulate } from "./index.js";

/** What comes out of a story that has told a cart something. */
const thrownBy = (end: (sim: Simulation) => unknown): Promise<unknown> =>
  simulate({ seed: 7, actors: [Cart] }, async (sim) => {
    const cart = await sim.hub(0).start(Cart, { id: "cart-1" });
    cart.tell("add", { sku: "one" });
    await cart.ask("size");
    return end(sim);
  }).then(
    () => undefined,
    (error: unknown) => error,
  );

describe("what a story throws comes out with its seed and its trace", () => {
  test("as the same error, of its class, with its fields and its message first", async () => {
    const own = Object.assign(new RangeError("mine"), { code: 5 });
    const error = await thrownBy(() => Promise.reject(own));
    expect(error).toBe(own);
    expect(own.code).toBe(5);
    expect(own.message).toMatch(/^mine\n\nseed 7: the story ended here, at [\d.]+ ms/);
    expect(own.message).toContain('tells cart-1 add {"sku":"one"}');
    expect(own.stack).toMatch(/^RangeError: mine\n\nseed 7: [\s\S]*\n {4}at /);
  });

  test("a failed expectation keeps the two values that its runner compares", async () => {
    const error = await thrownBy(() => expect(1).toBe(2));
    expect(error).toMatchObject({ name: "AssertionError", actual: 1, expected: 2 });
    expect((error as Error).message).toMatch(/^expected 1 to be 2[\s\S]*seed 7: /);
  });

  test.each([
    ["no error", () => Promise.reject("a text"), "a text", /^the story threw a text\n\nseed 7: /],
    ["an error that cannot be changed", () => Promise.reject(Object.freeze(new Error("ice"))), { message: "ice" }, /^Error: ice/],
    ["an aborted signal's", () => AbortSignal.abort().throwIfAborted(), { name: "AbortError" }, /^AbortError: .*\n\nseed 7: /],
  ])("%s is the cause of one that says so", async (_, end, cause, message) => {
    const error = await thrownBy(end);
    expect(error).toBeInstanceOf(SimulationError);
    expect(error).toMatchObject({ seed: 7, message: expect.stringMatching(message) });
    if (typeof cause === "string") expect((error as Error).cause).toBe(cause);
    else expect((error as Error).cause).toMatchObject(cause);
  });

  test("what a simulation says of itself has both already", async () => {
    const error = await thrownBy((sim) => sim.until("pigs fly", () => false, 10));
    expect((error as Error).message.match(/seed 7/g)).toHaveLength(1);
  });

  test("a check of until that throws ends the wait", async () => {
    let looks = 0;
    const error = await thrownBy((sim) =>
      sim.until("it throws", () => {
        if (++looks === 3) throw new TypeError("looked too often");
        return false;
      }),
    );
    expect(error).toMatchObject({ name: "TypeError", message: expect.stringMatching(/^looked too often/) });
  });
});

test("an ask whose handler awaits what takes no virtual time says so", async () => {
  const Waiter = defineActor({ name: "waiter", module: import.meta.url, state: z.strictObject({}), init: () => ({}) }).on(
    "wait",
    {},
    () => new Promise<void>(() => {}),
  );
  const story = simulate({ seed: 7, actors: [Waiter] }, async (sim) => {
    await (await sim.hub(0).start(Waiter, { id: "w-1" })).ask("wait");
  });
  await expect(story).rejects.toBeInstanceOf(AskTimeout);
  await expect(story).rejects.toThrow(/w-1 has been handling wait for \d+ ms of virtual time: what a handler awaits/);
});
