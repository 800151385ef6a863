import type { PlaceId } from "@process-hub/protocol";
import { settle } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { envelope } from "./fixtures/fake-mail.js";
import { OpenStreams } from "./open-streams.js";

function scene() {
  const down = new Set<PlaceId>();
  const counts: number[] = [];
  const withdrawn: string[] = [];
  const streams = new OpenStreams({ counters: { add: (_, by) => void counts.push(by) }, isDown: (place) => down.has(place) });
  const giver = { withdraw: (origin: PlaceId, ask: number) => withdrawn.push(`${ask} of ${origin}`) > 0 };
  const opens = (origin: PlaceId, ask: number) => envelope("count", undefined, { origin, ask });
  return { down, counts, withdrawn, streams, giver, opens };
}

test("those whose readers' places go down are withdrawn, and no others", () => {
  const { down, withdrawn, streams, giver, opens } = scene();
  for (const [origin, ask] of [
    ["m@1/main", 1],
    ["x@1/main", 2],
    ["m@1/main", 3],
  ] as const)
    streams.streaming(giver, opens(origin, ask), true);
  down.add("m@1/main");
  streams.placeDown();
  expect(withdrawn).toEqual(["1 of m@1/main", "3 of m@1/main"]);
});

test("one that begins for a reader whose place is down already is withdrawn at once", async () => {
  const { down, withdrawn, streams, giver, opens } = scene();
  down.add("m@1/main");
  streams.streaming(giver, opens("m@1/main", 4), true);
  expect(withdrawn).toEqual([]);
  await settle();
  expect(withdrawn).toEqual(["4 of m@1/main"]);
});

test("each is counted while it is open, once", () => {
  const { counts, streams, giver, opens } = scene();
  const one = opens("m@1/main", 1);
  streams.streaming(giver, one, true);
  streams.streaming(giver, one, true);
  streams.streaming(giver, one, false);
  streams.streaming(giver, one, false);
  expect(counts).toEqual([1, -1]);
});
