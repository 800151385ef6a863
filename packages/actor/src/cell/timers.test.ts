import { encode } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import type { Envelope } from "./envelope.js";
import { ActorTimers } from "./timers.js";

function timersOn(clock: VirtualClock) {
  const fired: string[] = [];
  const waiting: Envelope[] = [];
  const timers = new ActorTimers(clock, {
    makeOwn: (message) => ({ ...anEnvelope, ...message }),
    takeOwn: (envelope) => {
      fired.push(`${envelope.name} at ${clock.now()}`);
      waiting.push(envelope);
    },
  });
  return { fired, timers, waiting };
}
const anEnvelope: Envelope = {
  ...{ kind: "envelope", to: "a", epoch: 1, sentEpoch: 1, name: "", actor: null, payload: encode(undefined), origin: "n@1/0" },
  ...{ sender: "a", ask: 0, expiresAtMs: 0, via: null },
};
const payload = encode(undefined);

describe("timers", () => {
  test("fire once each, when due", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 50, { name: "first", payload });
    timers.set("b", 10, { name: "second", payload });
    await clock.run(1_000);
    expect(fired).toEqual(["second at 1010", "first at 1050"]);
  });

  test("of the same key replace each other", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 10, { name: "old", payload });
    timers.set("a", 20, { name: "new", payload });
    await clock.run(1_000);
    expect(fired).toEqual(["new at 1020"]);
  });

  test("cancelled do not fire; the answer says whether there was one", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 10, { name: "x", payload });
    expect([timers.cancel("a"), timers.cancel("a"), timers.cancel("b")]).toEqual([true, false, false]);
    await clock.run(1_000);
    expect(fired).toEqual([]);
  });

  test("that repeat keep to their row, leave out what they missed, and end when they are cancelled", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers, waiting } = timersOn(clock);
    timers.set("a", 10, { name: "x", payload, everyMs: 10 });
    await clock.run(10);
    await clock.run(25);
    expect(fired.splice(0)).toEqual(["x at 1010"]);
    timers.handling(waiting[0] as Envelope);
    await clock.run(5);
    expect(fired.splice(0)).toEqual(["x at 1040"]);
    expect(timers.left()).toEqual([{ key: "a", inMs: 0, name: "x", payload, everyMs: 10 }]);
    timers.handling(waiting[1] as Envelope);
    expect(timers.freeze()).toEqual([{ key: "a", inMs: 10, name: "x", payload, everyMs: 10 }]);
    timers.thaw([{ key: "a", inMs: 10, name: "x", payload, everyMs: 10 }]);
    await clock.run(10);
    expect(fired).toEqual(["x at 1050"]);
    expect(timers.cancel("a")).toBe(true);
    timers.handling(waiting[2] as Envelope);
    expect([timers.left(), clock.pending]).toEqual([[], 0]);
  });

  test("frozen keep the time they had left, and go on with it after a thaw", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    timers.set("a", 100, { name: "x", payload });
    await clock.run(30);
    const frozen = timers.freeze();
    expect(frozen).toEqual([{ key: "a", inMs: 70, name: "x", payload }]);
    await clock.run(500);
    timers.thaw(frozen);
    await clock.run(500);
    expect(fired).toEqual(["x at 1600"]);
  });

  test("that have fired can be cancelled and replaced until their message is handled; then it has expired", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers, waiting } = timersOn(clock);
    for (const key of ["cancelled", "replaced", "handled", "waits"]) timers.set(key, 10, { name: key, payload });
    await clock.run(10);
    expect(fired).toHaveLength(4);
    expect(timers.cancel("cancelled")).toBe(true);
    timers.set("replaced", 50, { name: "new", payload });
    timers.handling(waiting.find(({ name }) => name === "handled") as Envelope);
    expect(timers.cancel("handled")).toBe(false);
    expect(waiting.filter(({ expiresAtMs }) => expiresAtMs !== 0).map(({ name }) => name)).toEqual(["cancelled", "replaced"]);
    expect(timers.left()).toEqual([
      { key: "waits", inMs: 0, name: "waits", payload },
      { key: "replaced", inMs: 50, name: "new", payload },
    ]);
    timers.clear();
    expect(waiting.filter(({ expiresAtMs }) => expiresAtMs === 0).map(({ name }) => name)).toEqual(["handled"]);
  });

  test("of a cron expression are set again when their message is handled, over summer time, and missed times are told once", async () => {
    const clock = new VirtualClock(Date.parse("2026-03-28T00:30:00Z"));
    const { timers, waiting } = timersOn(clock);
    const cron = { expression: "30 2 * * *", timeZone: "Europe/Vienna", atMs: clock.wallMs() + 3_600_000 };
    timers.set("a", 3_600_000, { name: "x", payload, cron });
    await clock.run(3_600_000);
    timers.handling(waiting[0] as Envelope);
    // There is no 02:30 in Vienna on the 29th: from 02:00 its clocks go on to 03:00.
    expect(timers.left()).toMatchObject([
      { key: "a", inMs: 23.5 * 3_600_000, cron: { ...cron, atMs: cron.atMs + 23.5 * 3_600_000 } },
    ]);
    await clock.run(3 * 86_400_000);
    expect(waiting).toHaveLength(2);
    timers.handling(waiting[1] as Envelope);
    const [frozen] = timers.freeze();
    expect(new Date(clock.wallMs() + (frozen?.inMs ?? 0)).toISOString()).toBe("2026-04-01T00:30:00.000Z");
  });

  test("of a cron expression tell each time once, though the clock on the wall is set back; after the last time there is none", async () => {
    const clock = new VirtualClock(Date.parse("2026-12-31T23:59:00Z"));
    const { timers, waiting, fired } = timersOn(clock);
    const cron = { expression: "* * * * * 2026", timeZone: "UTC", atMs: clock.wallMs() + 58_000 };
    const seconds = { ...cron, expression: "58,59 * * * * * 2026" };
    timers.set("a", 0, { name: "x", payload, cron: seconds });
    await clock.run(57_990);
    clock.wallAheadMs = -5;
    await clock.run(11);
    expect(fired).toEqual([]);
    await clock.run(10);
    expect(fired).toHaveLength(1);
    clock.wallAheadMs = -500;
    timers.handling(waiting[0] as Envelope);
    await clock.run(500);
    expect(fired).toHaveLength(1);
    await clock.run(1_500);
    expect(fired).toHaveLength(2);
    timers.handling(waiting[1] as Envelope);
    expect(timers.isEmpty).toBe(true);
  });

  test("take delays beyond what the machine's timers do", async () => {
    const clock = new VirtualClock(1_000);
    const { fired, timers } = timersOn(clock);
    const delaysMs: number[] = [];
    const real = clock.setTimeout.bind(clock);
    clock.setTimeout = (run, delayMs) => real(run, delaysMs.push(delayMs) && delayMs);
    timers.set("a", 2 ** 33, { name: "in 99 days", payload });
    await clock.run(2 ** 33 - 1);
    expect(fired).toEqual([]);
    await clock.run(1);
    expect(fired).toEqual([`in 99 days at ${1_000 + 2 ** 33}`]);
    expect(Math.max(...delaysMs)).toBeLessThan(2 ** 31);
  });
});
