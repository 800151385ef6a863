import { defineActor } from "@process-hub/actor";
import type { EventFrame, PlaceId } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Births } from "./births.js";
import { EventFeeds } from "./event-feeds.js";
import { cellStage, order } from "./fixtures/cell-stage.js";

const Bell = defineActor({ name: "bell", module: "node:bell", state: z.object({}), init: () => ({}) })
  .event("rung", z.int())
  .on("ring", { input: z.int() }, (_, n, ctx) => ctx.emit("rung", n));
const [main, other] = ["n@1/main", "o@1/main"];

async function scene() {
  const sent: string[] = [];
  const fence = { closed: false };
  const down = new Set<PlaceId>();
  const went = new Map<string, { readonly to: PlaceId; readonly nextEpoch: number }>();
  const hold: { output: { send(): void } | undefined; holds: boolean } = { output: undefined, holds: false };
  const emitted: EventFeeds["emitted"] = (cell, feed, seq) => feeds.emitted(cell, feed, seq);
  const box = cellStage({}, { feeds: { emitted } });
  const cells = box.context.cells;
  const feeds = new EventFeeds(
    { ...box.context, isDown: (place) => down.has(place) },
    {
      send: (to, frame: EventFrame) => {
        const what =
          frame.type === "events"
            ? `${frame.call} after ${frame.after}: ${frame.items.map(([seq]) => seq).join()}${frame.more ? " more" : ""}`
            : frame.type === "unheard"
              ? `${frame.call} ${frame.to?.place ?? frame.error?.message ?? "nowhere"}`
              : "";
        sent.push(`${to} ${frame.type} ${what}`);
      },
      actor: (id) => cells.get(id),
      wentTo: (id) => went.get(id),
      isFenced: () => fence.closed,
      held: {
        holdWhole: (_, output) => {
          hold.output = output;
          return hold.holds;
        },
        cleared: () => undefined,
      },
    },
  );
  const behaviours = new Map([["bell", Bell.behaviour]]);
  const births = new Births(box.context, { behaviours, host: box.host, deliverAll: () => {} });
  const cell = births.cell({ ...order("b"), spec: { ...order("b").spec, actor: "bell" }, mode: "active" });
  cells.set("b", cell);
  await cell.begin();
  const listen = (from: PlaceId, since: number | null = null, more: object = {}): void =>
    feeds.receive({ type: "listen", id: "b", event: "rung", actor: "bell", epoch: 1, call: 1, since, term: null, ...more }, from);
  const ring = (): number => cell.context.emit("rung", 1);
  return { ...box, cell, feeds, sent, fence, down, went, hold, listen, ring };
}

describe("a place that listens", () => {
  test("is told of each event once, whoever listens there; and no more when it listens no more, or is down", async () => {
    const { feeds, sent, listen, ring, down } = await scene();
    listen(main);
    listen(other);
    ring();
    feeds.receive({ type: "unlisten", id: "b", event: "rung" }, main);
    ring();
    down.add(other);
    feeds.placeDown();
    ring();
    expect(sent).toEqual([
      `${main} events 1 after 0: `,
      `${other} events 1 after 0: `,
      `${main} events 0 after 0: 1`,
      `${other} events 0 after 0: 1`,
      `${other} events 0 after 1: 2`,
    ]);
  });

  test("is the one that says so: what it says concerns no other", async () => {
    const { feeds, sent, listen, ring } = await scene();
    listen(main);
    feeds.receive({ type: "unlisten", id: "b", event: "rung" }, other);
    feeds.receive({ type: "eventsTaken", id: "b", event: "rung", seq: 1 }, other);
    sent.length = 0;
    ring();
    expect(sent).toEqual([`${main} events 0 after 0: 1`]);
  });

  test("hears of none before the state that it came from is safe", async () => {
    const { sent, listen, ring, hold } = await scene();
    listen(main);
    hold.holds = true;
    sent.length = 0;
    ring();
    listen(other, 0);
    expect(sent).toEqual([`${other} events 1 after 0: `]);
    hold.output?.send();
    expect(sent.slice(1)).toEqual([`${main} events 0 after 0: 1`, `${other} events 0 after 0: 1`]);
  });

  test("hears where the actor went, or that it is here no more after all that it emitted", async () => {
    const { feeds, cell, sent, listen, ring, went } = await scene();
    listen(main);
    sent.length = 0;
    ring();
    feeds.ended(cell);
    listen(main);
    feeds.moved(cell, "o@1/0.1", 4);
    cell.host.ended(cell, "stop", undefined);
    went.set("b", { to: "o@1/0.1", nextEpoch: 4 });
    listen(other);
    expect(sent).toEqual([
      `${main} events 0 after 0: 1`,
      `${main} unheard 0 nowhere`,
      `${main} events 1 after 1: `,
      `${main} unheard 0 o@1/0.1`,
      `${other} unheard 1 o@1/0.1`,
    ]);
  });

  test("that asks while the actor is on its way hears a moment later where it is, from here, and nobody who is down by then", async () => {
    const { stage, context, cell, sent, listen, went, down } = await scene();
    const moment = () => stage.clock.run(context.settings.markerRetryMs / 10);
    cell.phase = "sent";
    listen(main);
    listen(other);
    await moment();
    expect(sent).toEqual([]);
    down.add(other);
    // Its move was taken back.
    cell.phase = "running";
    await moment();
    cell.phase = "sent";
    listen(main);
    // Its move took place.
    context.cells.delete("b");
    went.set("b", { to: "o@1/0.1", nextEpoch: 4 });
    await moment();
    await moment();
    expect(sent).toEqual([`${main} events 1 after 0: `, `${main} unheard 1 o@1/0.1`]);
  });

  test("of an event, or a kind, that the actor has not, is told so; a node that may not serve says nothing", async () => {
    const { sent, fence, listen } = await scene();
    listen(main, null, { event: "rang" });
    listen(main, null, { actor: "cart" });
    fence.closed = true;
    listen(main);
    expect(sent).toEqual([
      `${main} unheard 1 actor bell has no event "rang"; it has: rung`,
      `${main} unheard 1 b is an actor bell, and was listened to as an actor cart`,
    ]);
  });

  test("that asks for what there is by now gets all of it, in parts, and is told no more", async () => {
    const { cell, sent, listen, ring } = await scene();
    for (let i = 0; i < 3; i++) cell.context.emit("rung", i);
    const feed = cell.ties?.feeds.get("rung");
    for (let i = 0; i < 3; i++) feed?.release(feed.add(new Uint8Array(60_000), 0));
    listen(main, 1, { once: true, term: "l5" });
    ring();
    expect(sent).toEqual([
      `${main} events 1 after 1: 2,3,4 more`,
      `${main} events 1 after 4: 5 more`,
      `${main} events 1 after 5: 6`,
    ]);
  });
});
