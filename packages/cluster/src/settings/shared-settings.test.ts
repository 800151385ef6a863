import { type AnyActor, defineActor } from "@process-hub/actor";
import { coldSwap, hotSwap, replication, staticQuorum } from "@process-hub/strategies";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Lab } from "../fixtures/lab.js";
import { Narrow } from "../fixtures/narrow.js";
import { type HubOptions, hubSettings } from "./settings.js";
import { type SharedSettings, sharedSettings } from "./shared-settings.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close());

describe("nodes of one hub", () => {
  test("are refused for another strategy, by its name", async () => {
    const a = await lab.hub("a", { migration: hotSwap() });
    const refused = lab.hub("b", { migration: coldSwap() });
    await expect(refused).rejects.toMatchObject({
      code: "SettingsMismatch",
      fields: expect.objectContaining({ names: ["migration"] }),
    });
    await expect(refused).rejects.toThrow(
      'different settings: migration. Node b has migration coldSwap {"handover":false}: give',
    );
    expect(a.nodes()).toEqual([]);
  });

  test("are refused when their transports carry other sizes", async () => {
    const [large, small] = [4_000_000, 2_000_000].map((maxBytes) => new Narrow(lab.network.transport(), maxBytes));
    await lab.hub("a", { transport: large });
    await expect(lab.hub("b", { transport: small })).rejects.toThrow(
      /different settings: transport\.maxBytes\. Node b has transport\.maxBytes 2000000/,
    );
  });

  test("may differ in all times", async () => {
    await lab.hub("a", { timings: { deliveryMs: 29_999, askTimeoutMs: 100, batchWindowMs: 40, heartbeatIntervalMs: 50 } });
    const b = await lab.hub("b", {
      timings: { askTimeoutMs: 900, batchWindowMs: 50, heartbeatIntervalMs: 60, suspectAfterMs: 300, downAfterMs: 900 },
    });
    expect(b.nodes()).toEqual(["a"]);
  });
});

test("digests differ where the settings do, and tell nothing else", () => {
  const of = (options: Partial<HubOptions>): SharedSettings => sharedSettings(hubSettings({ id: "lab", ...options }), undefined);
  expect(of({ migration: hotSwap() }).differing(of({ migration: hotSwap({ batchSize: 9 }) }).digests)).toEqual([]);
  const ours = of({ migration: coldSwap() });
  const theirs = of({ migration: hotSwap({ confirm: false }), partitionTolerance: staticQuorum({ size: 2 }) });
  expect(ours.differing(of({ migration: coldSwap() }).digests)).toEqual([]);
  const names = ours.differing(theirs.digests);
  expect(names).toEqual(["migration", "partition"]);
  expect(ours.inWords(names)).toBe('migration coldSwap {"handover":false}; partition divergence {}');
  expect(ours.differing(of({ id: "other" }).digests)).toEqual(["id"]);
  expect(ours.differing({ ...ours.digests, colour: "x" })).toEqual(["colour"]);
  expect(JSON.stringify(ours.digests)).not.toMatch(/lab|coldSwap|divergence/);
});

test("a kind's redundancy is compared where both nodes list the kind", () => {
  const kind = (name: string, redundancy?: ReturnType<typeof replication>) =>
    defineActor({ module: import.meta.url, name, state: z.object({}), init: () => ({}), ...(redundancy && { redundancy }) });
  const of = (...actors: AnyActor[]): SharedSettings => sharedSettings(hubSettings({ id: "lab", actors }), undefined);
  const ours = of(kind("cart", replication()), kind("only-here", replication()));
  expect(ours.differing(of(kind("cart", replication()), kind("only-there")).digests)).toEqual([]);
  for (const other of [undefined, replication({ factor: 3 })])
    expect(ours.differing(of(kind("cart", other)).digests)).toEqual(["redundancy of cart"]);
  expect(ours.inWords(["redundancy of cart"])).toMatch(/^redundancy of cart replication \{.*"factor":2/);
  expect(of(kind("cart")).inWords(["redundancy of cart"])).toBe("redundancy of cart the hub's");
});
