import { encode } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../definition/definition.js";
import { kindCard } from "../definition/versions.js";
import { stage } from "../fixtures/stage.js";

const head = { name: "cart", module: "file:///cart.js" };
const V1 = defineActor({ ...head, state: z.object({ n: z.int() }), init: () => ({ n: 5 }) });
const V3 = defineActor({
  ...head,
  version: 3,
  state: z.object({ n: z.int(), currency: z.string(), tags: z.array(z.string()).default(["new"]) }),
  init: () => ({ n: 0, currency: "EUR" }),
  upgrade: { 1: (state: { n: number }) => ({ ...state, money: "USD" }), 2: ({ n, money }) => ({ n, currency: money }) },
  downgrade: { 3: ({ n, currency }) => ({ n, money: currency }), 2: ({ n }) => ({ n }) },
}).on("read", {}, (state) => state);

/** The state of an actor as it travels, of its own version or of an older one. */
async function packed(actor: typeof V1 | typeof V3, version?: number): Promise<Uint8Array> {
  const { cell } = stage(actor);
  await cell.begin();
  await cell.seal(100);
  return cell.pack(100, undefined, version);
}

async function loaded(actor: typeof V1 | typeof V3, state: Uint8Array): Promise<unknown> {
  const { cell } = stage(actor);
  await cell.load(state, [], { timers: [] });
  return cell.state;
}

describe("a state of another version", () => {
  test("goes up step by step on arrival, and gets the defaults of its schema", async () => {
    expect(await loaded(V3, await packed(V1))).toEqual({ n: 5, currency: "USD", tags: ["new"] });
  });

  test("goes down step by step before it leaves, and is what the older build knows", async () => {
    expect(await loaded(V1, await packed(V3, 1))).toEqual({ n: 0 });
  });

  test("is refused by name where it is newer than the build, and where a step is missing", async () => {
    await expect(loaded(V1, await packed(V3))).rejects.toMatchObject({
      code: "InvalidState",
      message: expect.stringMatching(/version 3.*build is of version 1/),
    });
    const Gap = defineActor({ ...head, version: 2, state: z.object({ n: z.int() }), init: () => ({ n: 0 }) });
    await expect(loaded(Gap as never, await packed(V1))).rejects.toThrow(/no upgrade from 1: give the definition `upgrade/);
    await expect(packed(Gap as never, 1)).rejects.toThrow(/version 2 has no downgrade to version 1/);
  });

  test("that cannot go down stays where it is: the cell is still sealed", async () => {
    const Stuck = defineActor({ ...head, version: 2, state: z.object({}), init: () => ({}) });
    const { cell } = stage(Stuck);
    await cell.begin();
    await cell.seal(100);
    await expect(cell.pack(100, undefined, 1)).rejects.toThrow("no downgrade");
    expect(cell.phase).toBe("sealed");
  });

  test("has the path of what cannot travel as before", async () => {
    const Odd = defineActor({ ...head, state: z.any(), init: () => ({ deep: [1] }) }).on("spoil", {}, (state) => {
      (state as { deep: unknown[] }).deep.push(() => {});
    });
    const { cell, ask } = stage(Odd);
    await cell.begin();
    await ask("spoil");
    await cell.seal(100);
    await expect(cell.pack()).rejects.toThrow(/state\.deep\[1\]/);
  });
});

test("the card of a kind says how far its states go up and down", () => {
  expect([kindCard(V1.behaviour), kindCard(V3.behaviour)]).toEqual([
    { name: "cart", version: 1, upgradesFrom: 1, downgradesTo: 1, messages: [] },
    { name: "cart", version: 3, upgradesFrom: 1, downgradesTo: 1, messages: ["read"] },
  ]);
});

test("the version costs a state a few bytes", async () => {
  expect((await packed(V1)).byteLength - encode({ n: 5 }).byteLength).toBeLessThan(8);
});
