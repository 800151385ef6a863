import type { PlaceId } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { FakeGroup, record, thread } from "../fixtures/stage.js";
import { ThreadSuccession } from "./thread-succession.js";

const old = thread("n", 0);

/** A node whose first thread has actors, some of which do not move. */
function scene({
  ids,
  stuck = [] as string[],
  starts = true,
  peers = 0,
}: {
  ids: string[];
  stuck?: string[];
  starts?: boolean;
  peers?: number;
}) {
  const clock = new VirtualClock();
  const group = new FakeGroup("n");
  const at = new Map(ids.map((id) => [id, old]));
  const seen: string[] = [];
  group.answers.depths = async () => {
    const actors = [...at.values()].filter((place) => place === old).length;
    return { actors, mailboxes: 0, forwardings: 0, routes: 0, heldEnvelopes: 0 };
  };
  const succession = new ThreadSuccession({
    clock,
    local: { name: "n", state: "up" },
    timings: { handoffTimeoutMs: 100, shutdownTimeoutMs: 1_000, stopTimeoutMs: 50, markerRetryMs: 20 },
    group: Object.assign(group, { end: async (place: PlaceId) => void seen.push(`end ${place}`) }),
    replacement: {
      succeed: async (place) => {
        seen.push(`succeed ${place}`);
        return starts ? "n@1/0.1" : undefined;
      },
    },
    registry: { recordsOf: () => [...at].map(([id, place]) => record(id, place, 1)) },
    membership: { peers: Array.from({ length: peers }) as never },
    mover: {
      move: async (some, _node, index) => {
        seen.push(`move ${some.join()} to ${index}`);
        for (const id of some) if (!stuck.includes(id)) at.set(id, "n@1/0.1");
        return [];
      },
    },
    hooks: { log: (level, text) => void seen.push(`${level}: ${text}`) },
    evacuated: async (place) => void seen.push(`evacuated ${place}`),
  });
  return { clock, succession, seen };
}

test("a thread is succeeded, its actors move, its mail is led elsewhere, and it ends: once, however often it is asked for", async () => {
  const { succession, seen } = scene({ ids: ["a", "b"] });
  await Promise.all([succession.replace(old), succession.replace(old)]);
  expect(seen).toEqual([`succeed ${old}`, "move a,b to 0", `evacuated ${old}`, `end ${old}`]);
});

test("one without a successor goes on", async () => {
  const { succession, seen } = scene({ ids: ["a"], starts: false });
  await succession.replace(old);
  expect(seen).toEqual([`succeed ${old}`]);
});

test("an actor that cannot move is tried again until the deadline, and named in the log", async () => {
  const { clock, succession, seen } = scene({ ids: ["a", "b"], stuck: ["b"] });
  const over = succession.replace(old);
  await clock.run(2_000);
  await over;
  expect(seen.filter((line) => line === "move b to 0").length).toBeGreaterThan(10);
  expect(seen.slice(-3)).toEqual([
    "error: thread 0 of node n is replaced, and 1 of its actors could not move: they start again",
    `evacuated ${old}`,
    `end ${old}`,
  ]);
});

test("where other nodes write to it, it passes their last messages on before it ends", async () => {
  const { clock, succession, seen } = scene({ ids: [], peers: 1 });
  const over = succession.replace(old);
  await clock.run(99);
  expect(seen).toEqual([`succeed ${old}`, `evacuated ${old}`]);
  await clock.run(1);
  await over;
  expect(seen.at(-1)).toBe(`end ${old}`);
});
