import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import type { LastKnown, Presence } from "./presence.js";
import { WatchedActors } from "./watched-actors.js";

const [one, two] = ["n@1/0.1", "n@1/1.1"];
const at = { place: "o@1/0.1", epoch: 1 };

function scene(found: Presence = { lineage: "l1", at }) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const world = { found, looks: [] as LastKnown[] };
  const watched = new WatchedActors({
    clock,
    retryMs: 50,
    isOpen: () => true,
    look: async (_, last) => {
      world.looks.push(last);
      return world.found;
    },
    watching: (to, id, lineage) => void told.push(`${to} watches ${id} ${lineage}`),
    gone: (to, id, reason, lineage) => void told.push(`${to}: ${id} ${reason} ${lineage ?? ""}`.trim()),
  });
  return { clock, told, world, watched };
}

describe("a watched actor", () => {
  test("is found out about once for all threads, each of which hears which life is meant, and of its end", async () => {
    const { told, world, watched } = scene();
    watched.watch(one, "b");
    await settle();
    watched.watch(two, "b");
    await settle();
    expect(told).toEqual([`${one} watches b l1`, `${two} watches b l1`]);
    told.length = 0;
    world.found = { gone: "Crash" };
    watched.changed("b");
    await settle();
    watched.changed("b");
    await settle();
    expect([told, watched.size]).toEqual([[`${one}: b Crash l1`, `${two}: b Crash l1`], 0]);
    expect(world.looks.at(-1)).toEqual({ lineage: "l1", place: at.place });
  });

  test("of which nothing is known just now is looked for again, until something is", async () => {
    const { clock, told, world, watched } = scene("unknown");
    watched.watch(one, "b");
    await settle();
    await clock.run(500);
    expect([told, watched.size, world.looks.length > 5]).toEqual([[], 1, true]);
    world.found = { gone: "NotFound" };
    await clock.run(60);
    expect(told).toEqual([`${one}: b NotFound`]);
  });

  test("is another one by now: those who come with the one before hear of its end, the others go on", async () => {
    const { told, world, watched } = scene({ lineage: "l2", at });
    watched.watch(two, "b");
    await settle();
    told.length = 0;
    const { found } = world;
    world.found = { gone: "Stop" };
    watched.watch(one, "b", "l1");
    await settle();
    world.found = found;
    expect([told, watched.size]).toEqual([[`${one}: b Stop l1`], 1]);
  });

  test("is forgotten with the last who watches, and with a thread", async () => {
    const { told, watched } = scene();
    watched.watch(one, "b");
    watched.watch(two, "b");
    watched.unwatch(one, "b");
    expect(watched.size).toBe(1);
    watched.threadGone(two);
    expect(watched.size).toBe(0);
    await settle();
    expect(told).toEqual([]);
  });
});
