import type { GoneReason } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { life, record, thread } from "../fixtures/stage.js";
import { type PresencePorts, presenceOf } from "./presence.js";

const at = thread("a", 0);
const found = record("b", at, 3);
const ports = (more: Partial<PresencePorts> & { current?: typeof found; why?: GoneReason } = {}): PresencePorts => ({
  registry: { current: () => more.current, whyEnded: () => more.why, orphans: { get: () => undefined } },
  locate: () => undefined,
  owner: () => undefined,
  askOwner: async () => ({ records: [], pending: [] }),
  reaches: () => true,
  ...more,
});
const lineage = found.life.name;

test.each<[string, PresencePorts, object, unknown]>([
  ["runs", ports({ current: found }), {}, { lineage, at: { place: at, epoch: found.epoch } }],
  ["is between two places", ports({ current: { ...found, state: "down" } }), {}, { lineage }],
  [
    "runs, and another one was meant, which was stopped",
    ports({ current: found, why: "Stop" }),
    { lineage: "l0" },
    { gone: "Stop" },
  ],
  [
    "runs, and another one was meant, whose end is not known here, nor whether it is the later",
    ports({ current: found }),
    { lineage: "l0" },
    { gone: "Stop" },
  ],
  [
    "runs, as this node knows, and the one meant runs, as the node knows that admits its id",
    ports({
      current: record("b", at, 2, { life: life("l9") }),
      owner: () => "c",
      askOwner: async () => ({ records: [found], pending: [] }),
    }),
    { lineage },
    "unknown",
  ],
  [
    "runs, and another one was meant, as the node knows that admits its id",
    ports({ current: found, owner: () => "c", askOwner: async () => ({ records: [found], pending: [] }) }),
    { lineage: "l0" },
    { gone: "Stop" },
  ],
  ["may be on its way", ports({ locate: () => "waits" }), { lineage }, "unknown"],
  ["is nowhere, and nobody knew it", ports(), {}, { gone: "NotFound" }],
  ["is nowhere, and its end is known", ports({ why: "Crash" }), { lineage, place: at }, { gone: "Crash" }],
  ["is nowhere, and its place is gone", ports({ reaches: () => false }), { lineage, place: at }, { gone: "NodeDown" }],
  ["is nowhere, and its place is not", ports(), { lineage, place: at }, { gone: "Stop" }],
  [
    "is known to the node that admits its id",
    ports({ owner: () => "c", askOwner: async () => ({ records: [found], pending: [] }) }),
    {},
    "unknown",
  ],
  ["is being started there", ports({ owner: () => "c", askOwner: async () => ({ records: [], pending: ["b"] }) }), {}, "unknown"],
  [
    "is asked for in vain",
    ports({ owner: () => "c", askOwner: () => Promise.reject(new Error("lost")) }),
    { lineage },
    "unknown",
  ],
])("an actor %s", async (_, from, last, expected) => {
  expect(await presenceOf(from, "b", last)).toEqual(expected);
});
