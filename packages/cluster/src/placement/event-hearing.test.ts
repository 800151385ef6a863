import type { EventFrame } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import type { Listener } from "@process-hub/threads/mail";
import { describe, expect, test } from "vitest";
import { EventHearing } from "./event-hearing.js";
import type { LastKnown, Presence } from "./presence.js";

const name = { id: "b", event: "rung", actor: "bell" };
const place = "o@1/0.1";

function scene(found: Presence = { lineage: "l1", at: { place, epoch: 3 } }) {
  const sent: string[] = [];
  const world = { found, looks: [] as LastKnown[], down: false };
  const hearing = new EventHearing({
    clock: new VirtualClock(),
    retryMs: 50,
    look: async (_, last) => {
      world.looks.push(last);
      return world.found;
    },
    send: (to, frame) => void sent.push(`${to} ${frame.type}`),
    isDown: () => world.down,
  });
  const ends: string[] = [];
  const listener: Listener = {
    begun: () => {},
    heard: () => {},
    missed: () => {},
    ended: ({ reason }) => void ends.push(reason),
    isFull: false,
  };
  return { hearing, sent, world, ends, listener };
}

describe("a node that listens", () => {
  test("finds the place of the actor, and again when that is down; it is over when the actor is gone", async () => {
    const { hearing, sent, world, ends, listener } = scene();
    hearing.add(name, listener, undefined);
    await settle();
    expect(sent).toEqual([`${place} listen`]);
    world.found = "unknown";
    world.down = true;
    hearing.placeDown();
    await settle();
    world.found = { gone: "NodeDown" };
    hearing.changed("b");
    await settle();
    expect([world.looks, ends]).toEqual([[{}, { lineage: "l1", place }, { lineage: "l1", place }], ["NodeDown"]]);
  });

  test("asks at the place it knows when something about the actor changes, and nothing about others", async () => {
    const { hearing, sent, listener } = scene();
    hearing.add(name, listener, 4);
    await settle();
    hearing.receive({ type: "events", ...{ id: "b", event: "rung" }, call: 2, term: "t", after: 4, items: [] }, place, false);
    sent.length = 0;
    hearing.changed("c");
    hearing.changed("b");
    expect(sent.length).toBeLessThanOrEqual(1);
  });

  test("lets its own threads listen by way of it, and no other node", () => {
    const { hearing } = scene();
    const listen: EventFrame = { type: "listen", ...name, epoch: 0, call: 1, since: null, term: null };
    expect([hearing.receive(listen, place, false), hearing.receive(listen, "n@1/0.1", true)]).toEqual([false, true]);
    expect(hearing.relations.figures().map(({ listeners }) => listeners)).toEqual([1]);
  });

  test("that has closed says so to those who listened, and who would", async () => {
    const { hearing, ends, listener } = scene();
    hearing.add(name, listener, undefined);
    hearing.close();
    expect(ends).toEqual(["HubClosed"]);
    expect(() => hearing.add(name, listener, undefined)).toThrow(expect.objectContaining({ code: "HubClosed" }));
  });
});
