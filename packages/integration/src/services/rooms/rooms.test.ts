import { expect, test } from "vitest";
import { describeNats } from "../../fixtures/describe-nats.js";
import { roomsDrill } from "./rooms-drill.js";

describeNats("apps/rooms", () => {
  test("200 players at sockets play through a rolling deploy and a kill: each hears each action once and in order, and soon", async () => {
    const { actions, events, wrong, closes, ...gaps } = await roomsDrill({ players: 200, rooms: 20 });
    expect(wrong).toEqual([]);
    // Ten players in each room.
    expect(events).toBe(actions * 10);
    // Sockets closed as their process ended (1012), or was killed (1006), and for nothing else.
    expect(
      Object.keys(closes)
        .map((why) => why.slice(0, 4))
        .sort(),
    ).toEqual(["1006", "1012"]);
    expect(gaps.rollGapMs).toBeLessThan(600);
    expect(gaps.killGapMs).toBeLessThan(3_000);
  }, 120_000);
});
