import { encode } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { awaitedMs, EventFeed, type FeedBatch } from "./event-feed.js";

const life = { name: "l1", restarts: 0 };
const [main, other] = ["n@1/main", "o@1/main"];
const payload = (n = 0): Uint8Array => encode(n);

function fed(events: number, keep = 3, from = life): EventFeed {
  const feed = new EventFeed("rung", keep, from);
  emit(feed, events);
  return feed;
}

function emit(feed: EventFeed, events: number, nowMs = 0): void {
  for (let i = 0; i < events; i++) feed.release(feed.add(payload(), nowMs));
}

const short = (batch: FeedBatch | undefined): string | undefined =>
  batch && `${batch.after}:${batch.items.map(([seq]) => seq).join()}${batch.resync === undefined ? "" : ` ${batch.resync}`}`;

describe("who listens begins", () => {
  test.each([
    ["from now on", null, null, "5:"],
    ["after a number that is kept", 3, "l1", "3:4,5"],
    ["after the last one", 5, "l1", "5:"],
    ["after one that is kept no more: there is a gap", 0, null, "2:3,4,5 window"],
    ["after one of another history: there is a gap, and all of this one comes", 3, "l0", "3:4,5 restarted"],
    ["after one that there was not yet", 9, null, "5: restarted"],
  ])("%s", (_, since, term, expected) => {
    expect(short(fed(5).listen(main, since, term, false))).toBe(expected);
  });

  test("and one that has heard more of another history than this one has numbers for: they go on above, and all who listen hear so", () => {
    const feed = fed(2);
    feed.listen(other, 2, "l1", false);
    expect(short(feed.listen(main, 70, "l0", false))).toBe("70: restarted");
    emit(feed, 1);
    expect([short(feed.next(main)), short(feed.next(other))]).toEqual(["70:71", "70:71 restarted"]);
  });

  test("`once`: it is told what there is, and nothing after that", () => {
    const feed = fed(2);
    expect(short(feed.listen(main, 1, "l1", true))).toBe("1:2");
    expect(feed.isHeard).toBe(false);
  });
});

describe("who listens is told", () => {
  test("what is released, and no more", () => {
    const feed = fed(1);
    feed.listen(main, null, null, false);
    const seq = feed.add(payload(), 0);
    expect([feed.next(main), short(feed.listen(other, 1, "l1", false))]).toEqual([undefined, "1:"]);
    feed.release(seq);
    expect([short(feed.next(main)), short(feed.next(other)), feed.next(main)]).toEqual(["1:2", "1:2", undefined]);
  });

  test("as many as it takes; the rest is kept for it, up to as many again: then there is a gap", () => {
    const feed = fed(0);
    feed.listen(main, null, null, false);
    const told = (): number => {
      let count = 0;
      for (let batch = feed.next(main); batch !== undefined; batch = feed.next(main)) count += batch.items.length;
      return count;
    };
    emit(feed, 1_024);
    expect(told()).toBe(1_024);
    emit(feed, 500);
    expect(feed.next(main)).toBeUndefined();
    feed.taken(main, 600);
    expect(told()).toBe(500);
    emit(feed, 3_000);
    feed.taken(main, 1_524);
    const batch = feed.next(main);
    expect([batch?.resync, batch?.after]).toEqual(["slow", 4_524 - 1_024 - 3]);
  });

  test("in parts, when they are many bytes; `all` whatever it has taken", () => {
    const feed = new EventFeed("rung", 100, life);
    feed.listen(main, null, null, false);
    for (let i = 0; i < 4; i++) feed.release(feed.add(new Uint8Array(30_000), 0));
    expect([short(feed.next(main)), short(feed.next(main)), feed.next(main)]).toEqual(["0:1,2", "2:3,4", undefined]);
    emit(feed, 2_000);
    for (let batch = feed.next(main); batch !== undefined; ) batch = feed.next(main);
    emit(feed, 1);
    expect([feed.next(main), short(feed.next(main, true))?.includes("2005")]).toEqual([undefined, true]);
  });
});

describe("it goes on", () => {
  test("where its actor goes: with its numbers, what is kept, and those who listened, whose rest is kept until they are there", () => {
    const feed = fed(2);
    feed.listen(main, 1, "l1", false);
    emit(feed, 5);
    const moved = new EventFeed("rung", 3, { name: "l1", restarts: 0 }, feed.wire(), 1_000);
    emit(moved, 5, 1_000);
    expect(moved.next(main)).toBeUndefined();
    expect(short(moved.listen(main, 2, "l1", false))).toBe("2:3,4,5,6,7,8,9,10,11,12");
  });

  test("and waits for those who listened no longer than it takes to find out where it is", () => {
    const feed = fed(2);
    feed.listen(main, 1, "l1", false);
    const moved = new EventFeed("rung", 3, life, feed.wire(), 0);
    emit(moved, 20, awaitedMs + 1);
    expect(short(moved.listen(main, 2, "l1", false))).toBe("19:20,21,22 window");
  });

  test("after a fail-over from a state that may lack some: far above, so that no number is used twice", () => {
    const feed = fed(7);
    const next = EventFeed.after(feed.wire(), 3, { name: "l2", restarts: 1 });
    emit(next, 1);
    expect(short(next.listen(main, 9, "l1", false))).toBe(`${2 ** 20}:${2 ** 20 + 1} restarted`);
    const later = EventFeed.after(next.wire(), 3, { name: "l3", restarts: 1 });
    emit(later, 1);
    expect(short(later.listen(main, 2 ** 20 + 1, "l2", false))).toBe(`${2 ** 20 + 1}:${2 ** 20 + 2} restarted`);
  });
});
