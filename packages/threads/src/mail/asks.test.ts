import { wasTakenBack } from "@process-hub/actor";
import { StrictChecks, ThreadExited } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { Asks } from "./asks.js";
import { anEnvelope } from "./fixtures/an-envelope.js";

function asks() {
  const clock = new VirtualClock();
  const settled: unknown[] = [];
  let timeouts = 0;
  const withdrawn: string[] = [];
  const made = new Asks({
    clock,
    checks: new StrictChecks(),
    timedOut: () => timeouts++,
    withdraw: (ask, to, place, epoch) => withdrawn.push(`${ask} of ${to} at ${place}/${epoch}`),
  });
  const begin = (timeoutMs: number, signal?: AbortSignal, inherited = false): number => {
    const failed = (error: unknown): void => void settled.push((error as Error).name);
    const settlers = { resolve: (reply: unknown) => settled.push(reply), reject: failed, fail: failed };
    return made.begin("a", "add", clock.now(), timeoutMs, signal, settlers, undefined, inherited).number;
  };
  const rest = (ms: number): void => {
    for (const endMs = clock.now() + ms; clock.advance(endMs); );
  };
  return { asks: made, clock, settled, begin, rest, withdrawn, timeouts: () => timeouts };
}

test("those that time out, or end with their place, take no stack: it would show the timer", () => {
  const { asks: all, clock, rest } = asks();
  const stacks: (string | undefined)[] = [];
  const fail = (error: unknown): void => void stacks.push((error as Error).stack);
  const settlers = { resolve: () => {}, reject: () => {}, fail };
  for (const timeoutMs of [10, 50]) all.begin("a", "add", clock.now(), timeoutMs, undefined, settlers);
  rest(20);
  all.close();
  expect(stacks).toEqual([
    "AskTimeout: no reply from actor a to add within 10 ms",
    "HubClosed: the hub was closed while an ask to actor a waited",
  ]);
});

test("each ask times out by its own time, whatever the order they began in", () => {
  const { asks: all, settled, begin, rest, timeouts } = asks();
  begin(100);
  const short = begin(10);
  rest(5);
  begin(10);
  all.reply(short, "in time");
  rest(10);
  expect(settled).toEqual(["in time", "AskTimeout"]);
  rest(85);
  expect(settled).toEqual(["in time", "AskTimeout", "AskTimeout"]);
  expect([timeouts(), all.size]).toEqual([2, 0]);
});

test.each([false, true])(
  "who hears of a timeout may abort the others that are due: those after them end by their own time (of a caller's: %s)",
  (inherited) => {
    const { asks: all, clock, rest } = asks();
    const ended: string[] = [];
    const begin = (name: string, ms: number, then: () => void = () => {}): number => {
      const settle = (how: string) => (): void => {
        ended.push(`${name} ${how} at ${clock.now() - fromMs}`);
        then();
      };
      const settlers = { resolve: settle("replied"), reject: settle("aborted"), fail: settle("timed out") };
      return all.begin("a", "add", clock.now(), ms, undefined, settlers, undefined, inherited).number;
    };
    const fromMs = clock.now();
    begin("first", 10, () => all.abort(second, undefined));
    const second = begin("second", 10);
    rest(5);
    begin("third", 10);
    rest(50);
    expect([ended, all.size]).toEqual([["first timed out at 10", "second aborted at 10", "third timed out at 15"], 0]);
  },
);

test("an ask settles once: what comes later is nobody's", () => {
  const { asks: all, settled, begin, rest } = asks();
  const ask = begin(10);
  all.reply(ask, 1);
  all.reply(ask, 2);
  all.fail(ask, new Error("late"));
  rest(50);
  expect(settled).toEqual([1]);
  expect(all.accepts(ask, 9)).toBe(false);
});

test("nothing is kept of an answered ask, whatever its timeout; a few timeouts in use keep their timer", () => {
  const { asks: all, begin, clock, rest, timeouts } = asks();
  for (let timeoutMs = 1_000; timeoutMs < 2_000; timeoutMs++) all.reply(begin(timeoutMs), 1);
  expect(clock.pending).toBeLessThanOrEqual(16);
  const late = begin(500);
  rest(600);
  expect([timeouts(), late > 0]).toEqual([1, true]);
  for (let n = 0; n < 1_000; n++) all.reply(begin(700), 1);
  rest(5_000);
  expect([clock.pending, timeouts()]).toEqual([0, 1]);
});

test("the signal aborts it; a signal that fires after the reply does nothing", () => {
  const { asks: all, settled, begin } = asks();
  const controller = new AbortController();
  begin(10, controller.signal);
  all.reply(begin(10, controller.signal), "answered");
  controller.abort();
  expect(settled).toEqual(["answered", "AbortError"]);
});

test("an ask that is aborted is withdrawn from where it is, from where it turns up later, and here if it has not left", () => {
  const { asks: all, begin, withdrawn } = asks();
  const controller = new AbortController();
  const [sent, moved, bounced] = [1, 2, 3].map(() => begin(10, controller.signal)) as [number, number, number];
  const unsent = all.begin("a", "add", 0, 10, controller.signal, { resolve() {}, reject() {}, fail() {} });
  const [waits, came] = [anEnvelope({ ask: unsent.number }), anEnvelope({ ask: bounced })];
  unsent.unsent = waits;
  for (const ask of [sent, moved, bounced]) all.sent(ask, "n@1/0.1", 2);
  controller.abort();
  expect(withdrawn.splice(0)).toEqual([sent, moved, bounced].map((ask) => `${ask} of a at n@1/0.1/2`));
  expect(wasTakenBack(waits)).toBe(true);
  all.isAt(moved, "a", "m@1/0.1", 3);
  all.wentOn(moved, "a", "o@1/0.1", 4);
  all.bounced(came);
  expect(withdrawn).toEqual([`${moved} of a at m@1/0.1/3`, `${moved} of a at o@1/0.1/4`]);
  expect([wasTakenBack(came), all.size]).toEqual([true, 0]);
});

test("asks with what their asker's caller has left expire by their own times, in any order, with one timer", () => {
  const { asks: all, settled, begin, clock, rest, timeouts } = asks();
  for (const leftMs of [900, 40, 5_000, 20]) begin(leftMs, undefined, true);
  const answered = begin(30, undefined, true);
  expect(clock.pending).toBe(1);
  all.reply(answered, 1);
  rest(25);
  expect(settled).toEqual([1, "AskTimeout"]);
  rest(20);
  expect(timeouts()).toBe(2);
  rest(5_000);
  expect([timeouts(), all.size, clock.pending]).toEqual([4, 0, 0]);
});

test("a reply of an epoch older than the one it was last sent by is refused", () => {
  const { asks: all, begin } = asks();
  const ask = begin(10);
  all.sent(ask, "n@1/0.1", 4);
  expect([all.accepts(ask, 3), all.accepts(ask, 4), all.accepts(ask, 5)]).toEqual([false, true, true]);
});

test("a place that went down fails what was sent there, not what waits for a route or came back", () => {
  const { asks: all, settled, begin } = asks();
  const [sent, bounced] = [begin(10), begin(10)];
  begin(10);
  all.sent(sent, "n@1/0.1", 1);
  all.sent(bounced, "n@1/0.1", 1);
  all.bounced(anEnvelope({ ask: bounced }));
  all.failLost((_to, place) => (place === "n@1/0.1" ? new ThreadExited("down") : undefined));
  expect([settled, all.size]).toEqual([["ThreadExited"], 2]);
});

test("an ask is where its message is by the latest word: an older one, or one of a message that has come back, changes nothing", () => {
  const { asks: all, begin } = asks();
  const [moved, late, back] = [begin(10), begin(10), begin(10)];
  for (const ask of [moved, late, back]) all.sent(ask, "n@1/0.1", 2);
  all.isAt(moved, "a", "m@1/0.1", 3);
  all.isAt(late, "a", "m@1/0.1", 1);
  all.bounced(anEnvelope({ ask: back }));
  all.isAt(back, "a", "m@1/0.1", 3);
  // Of another actor nobody can say where an ask of this one is.
  all.isAt(late, "b", "m@1/9.9", 9, true);
  const at: string[] = [];
  all.failLost((_to, place, epoch) => void at.push(`${place} ${epoch}`));
  expect(at).toEqual(["m@1/0.1 3", "n@1/0.1 2"]);
  expect([2, 3].map((epoch) => all.accepts(moved, epoch))).toEqual([false, true]);
});

test("closing settles them all, and leaves no timer", () => {
  const { asks: all, settled, begin, rest } = asks();
  begin(10);
  begin(20);
  all.close();
  rest(100);
  expect(settled).toEqual(["HubClosed", "HubClosed"]);
});
