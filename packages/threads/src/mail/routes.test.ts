import type { Envelope, Mail } from "@process-hub/actor";
import { type ActorId, type Epoch, type PlaceId, StartFailed, StrictChecks } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import type { AutoStarted } from "./auto-starts.js";
import { Routes } from "./routes.js";

const [here, x, y, z] = ["n@1/main", "n@1/0.1", "n@1/1.1", "m@1/0.1"];

/** Routes with what they send, as text: `1 to x/2`, `?3 to x/2` for a marker, `! to x/2` for word that what comes by others is late. */
function routes(heldLimit = 100, heldForOne = 100, heldBytes = 1_000) {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const resolving: ActorId[] = [];
  const lost: string[] = [];
  const down = new Set<PlaceId>();
  const undrained = new Set<PlaceId>();
  const leaving = new Set<PlaceId>();
  const lease = { isOver: false };
  const closed = new Set<PlaceId>();
  const passed = { sent: 0, taken: 0 };
  const starts: { begin?: (names: string[]) => Promise<AutoStarted> | undefined } = {};
  const made = new Routes({
    place: here,
    clock,
    checks: new StrictChecks(),
    retryMs: 100,
    giveUpMs: 1_000,
    heldForOne,
    heldLimit,
    heldBytes,
    window: 4,
    actorWindow: 4,
    hasWay: (to) => !closed.has(to),
    sentTo: () => passed.sent,
    isTaken: (_, count) => passed.taken >= count,
    resolve: (ids) => void resolving.push(...ids),
    dispatch: (mail, to) => {
      sent.push(`${mail.kind === "envelope" ? mail.name : `?${mail.markerId}`} to ${to}/${mail.epoch}`);
      return true;
    },
    released: () => {},
    autoStart: (_, mails) => starts.begin?.(mails.map((mail) => (mail.kind === "envelope" ? mail.name : "?"))),
    notStarted: ({ name }, { code }) => lost.push(`${name} ${code}`),
    notFound: ({ name }) => lost.push(name),
    overflow: ({ name }, why) => lost.push(`${name} over: ${why.replace(/^.*\((.*)\)$/, "$1")}`),
    expired: ({ name }) => lost.push(`${name} expired`),
    overtaken: ({ name }) => lost.push(`${name} overtaken`),
    stalePath: (_, epoch, to) => void sent.push(`! to ${to}/${epoch}`),
    isDown: (place) => down.has(place),
    allDrained: () => undrained.size === 0,
    isFenced: () => lease.isOver,
    isLeaving: (place) => leaving.has(place),
    added: () => {},
  });
  const taken = (): string[] => sent.splice(0);
  const rest = (ms: number): void => {
    for (const endMs = clock.now() + ms; clock.advance(endMs); );
  };
  const open = (place: PlaceId, epoch: Epoch): void => {
    made.send(envelope("0"));
    made.resolved("a", place, epoch);
    taken();
  };
  return { routes: made, taken, resolving, lost, down, undrained, leaving, lease, closed, passed, starts, rest, open };
}

function envelope(name: string, epoch = 0): Envelope {
  const payload = new Uint8Array();
  return {
    kind: "envelope",
    to: "a",
    epoch,
    sentEpoch: epoch,
    name,
    payload,
    origin: here,
    sender: null,
    ask: 0,
    expiresAtMs: 0,
    via: null,
  };
}
const marker = (markerId: number, epoch: Epoch): Mail => ({ kind: "marker", to: "a", epoch, markerId, origin: here });

test("routes that are closed give back what they held, and hold nothing", () => {
  const { routes: all } = routes();
  all.send(envelope("1"));
  const left = all.close().map((mail) => mail.kind === "envelope" && mail.name);
  expect([left, all.size, all.heldEnvelopes]).toEqual([["1"], 0, 0]);
});

describe("a route", () => {
  test("is looked up once, and the messages sent until the answer follow in order", async () => {
    const { routes: all, taken, resolving } = routes();
    all.send(envelope("1"));
    all.send(envelope("2"));
    await Promise.resolve();
    expect([resolving, taken()]).toEqual([["a"], []]);
    all.resolved("a", x, 2);
    all.send(envelope("3"));
    expect(taken()).toEqual([`1 to ${x}/2`, `2 to ${x}/2`, `3 to ${x}/2`]);
  });

  test("to an actor that nobody has ends what was sent", () => {
    const { routes: all, lost } = routes();
    all.send(envelope("1"));
    all.resolved("a", undefined, 0);
    expect([lost, all.size, all.heldEnvelopes]).toEqual([["1"], 0, 0]);
  });

  describe("to an actor that the mail for it starts", () => {
    const started = () => {
      const made = routes();
      const ends: ((outcome: AutoStarted) => void)[] = [];
      const begun: string[][] = [];
      made.starts.begin = (names) => {
        begun.push(names);
        return new Promise((end) => ends.push(end));
      };
      const end = async (outcome: AutoStarted): Promise<void> => {
        ends.shift()?.(outcome);
        await Promise.resolve();
        await Promise.resolve();
      };
      made.routes.send(envelope("1"));
      made.routes.resolved("a", undefined, 0);
      made.routes.send(envelope("2"));
      return { ...made, begun, end };
    };

    test("keeps what is sent meanwhile, in order, and asks for the place once it has begun", async () => {
      const { routes: all, begun, end, resolving, taken } = started();
      all.resolved("a", undefined, 0);
      await Promise.resolve();
      expect([begun, resolving.splice(0), taken()]).toEqual([[["1"]], ["a"], []]);
      await end("there");
      expect(resolving).toEqual(["a"]);
      all.resolved("a", x, 2);
      expect(taken()).toEqual([`1 to ${x}/2`, `2 to ${x}/2`]);
    });

    test("refuses what waits with the error of the start; the next message begins another", async () => {
      const { routes: all, lost, end, begun } = started();
      await end(new StartFailed("no", { id: "a" }));
      expect([lost, all.size, all.heldEnvelopes]).toEqual([["1 StartFailed", "2 StartFailed"], 0, 0]);
      all.send(envelope("3"));
      all.resolved("a", undefined, 0);
      expect(begun).toEqual([["1"], ["3"]]);
    });

    test("tries again while nobody can say whether it began, and gives up in the end", async () => {
      const { routes: all, lost, end, begun, rest } = started();
      for (let atMs = 0; atMs <= 1_000; atMs += 100) {
        await end("unknown");
        rest(100);
        all.resolved("a", undefined, 0);
      }
      await end("unknown");
      expect([begun.length, lost]).toEqual([11, ["1 StartFailed", "2 StartFailed"]]);
    });

    test("is not left behind by an actor that moves meanwhile: what it told waits here", async () => {
      const { routes: all } = started();
      let settled = false;
      const done = (): void => void (settled = true);
      all.settle(["a"], done);
      expect([all.takeUnsent("s", done), settled]).toEqual([[], false]);
    });

    test("sends it what an earlier life sent back, first", async () => {
      const { routes: all, taken, open, starts } = routes();
      open(x, 1);
      starts.begin = () => Promise.resolve<AutoStarted>("there");
      all.bounced(envelope("1", 1), undefined, 0);
      all.send(envelope("2"));
      all.bounced(marker(1, 1), undefined, 0);
      all.resolved("a", undefined, 0);
      await Promise.resolve();
      all.resolved("a", x, 5);
      expect(taken()).toEqual([`?1 to ${x}/1`, `! to ${x}/5`, `1 to ${x}/5`, `2 to ${x}/5`]);
    });
  });

  test("holds after news of a move until its marker met the actor, then takes the newest place known", () => {
    const { routes: all, taken, open } = routes();
    open(x, 1);
    all.moved("a", 2, y);
    all.send(envelope("1"));
    all.moved("a", 3, z);
    expect(taken()).toEqual([`?1 to ${x}/1`]);
    all.markerMet("a", 1);
    expect(taken()).toEqual([`1 to ${z}/3`]);
  });

  test("does not go back to an older place", () => {
    const { routes: all, taken, open } = routes();
    open(y, 5);
    all.moved("a", 4, x);
    all.send(envelope("1"));
    expect(taken()).toEqual([`1 to ${y}/5`]);
  });

  test("asks again with a later marker; the answer to any marker of the hold ends it", () => {
    const { routes: all, taken, rest, open } = routes();
    open(x, 1);
    all.moved("a", 2, y);
    rest(250);
    expect(taken()).toEqual([`?1 to ${x}/1`, `?2 to ${x}/1`, `?3 to ${x}/1`]);
    all.markerMet("a", 2);
    all.send(envelope("1"));
    expect(taken()).toEqual([`1 to ${y}/2`]);
  });

  test("sends bounced messages before held ones, when its marker has bounced too", () => {
    const { routes: all, taken, open } = routes();
    open(x, 1);
    all.send(envelope("1"));
    all.send(envelope("2"));
    taken();
    all.bounced(envelope("1", 1), y, 2);
    all.send(envelope("3"));
    all.bounced(envelope("2", 1), y, 2);
    all.bounced(marker(1, 1), y, 2);
    expect(taken()).toEqual([`?1 to ${x}/1`, `1 to ${y}/2`, `2 to ${y}/2`, `3 to ${y}/2`]);
  });

  test("sends again what comes back from a duplicate that was given up, not behind what was sent after it; from its own epoch it holds", () => {
    const { routes: all, taken, lost, open } = routes();
    open(x, 1);
    all.send(envelope("1"));
    all.moved("a", 5, y);
    all.markerMet("a", 1);
    all.bounced(envelope("1", 1), undefined, 0);
    expect(taken()).toEqual([`1 to ${x}/1`, `?1 to ${x}/1`, `1 to ${y}/5`]);
    all.send(envelope("2"));
    all.bounced(envelope("0", 1), undefined, 0);
    expect([taken(), lost]).toEqual([[`2 to ${y}/5`], ["0 overtaken"]]);
    all.bounced(envelope("2", 5), undefined, 0);
    expect(taken()).toEqual([`?2 to ${y}/5`]);
  });

  test("does not send a message that comes back behind a settling's marker: its sender may have gone on, and sent more from elsewhere", () => {
    const { routes: all, taken, lost, open } = routes();
    open(x, 1);
    all.moved("a", 5, y);
    all.markerMet("a", 1);
    all.settle(["a"], () => {});
    all.bounced(envelope("1", 1), undefined, 0);
    expect([taken(), lost]).toEqual([[`?1 to ${x}/1`, `?2 to ${y}/5`], ["1 overtaken"]]);
  });

  test("gives up when the registry goes on naming the place that bounced", () => {
    const { routes: all, rest, lost, open } = routes();
    open(x, 1);
    all.bounced(envelope("1", 1), undefined, 0);
    all.bounced(marker(1, 1), undefined, 0);
    for (let n = 0; n < 12; n++) {
      all.resolved("a", x, 1);
      rest(100);
    }
    expect([lost, all.heldEnvelopes]).toEqual([["1"], 0]);
  });

  test("to a place that went down is looked up again, and never leads to a place that is down or leaves", async () => {
    const { routes: all, taken, resolving, down, leaving, open } = routes();
    open(x, 1);
    down.add(x);
    all.placesDown();
    all.send(envelope("1"));
    await Promise.resolve();
    expect(resolving).toEqual(["a", "a"]);
    leaving.add(z);
    all.resolved("a", z, 2);
    expect(taken()).toEqual([]);
    all.resolved("a", y, 3);
    expect(taken()).toEqual([`! to ${y}/3`, `1 to ${y}/3`]);
  });

  test("to a place that died waits until that is drained, even when it knows a newer place", async () => {
    const { routes: all, taken, resolving, down, undrained, rest, open } = routes();
    open(x, 1);
    all.moved("a", 2, y);
    all.send(envelope("1"));
    taken();
    for (const set of [down, undrained]) set.add(x);
    all.placesDown();
    all.resolved("a", y, 2);
    rest(250);
    await Promise.resolve();
    expect([resolving, taken()]).toEqual([["a"], []]);
    undrained.delete(x);
    all.drained();
    await Promise.resolve();
    all.resolved("a", y, 2);
    expect([resolving, taken()]).toEqual([
      ["a", "a"],
      [`! to ${y}/2`, `1 to ${y}/2`],
    ]);
  });

  test("holds all that it held while its node is fenced; of a sender that ends meanwhile it goes nowhere", async () => {
    const { routes: all, taken, lost, lease, rest, resolving, open } = routes();
    open(x, 1);
    all.moved("a", 2, y);
    all.send({ ...envelope("1"), sender: "s" });
    all.send({ ...envelope("2"), sender: "t" });
    all.bounced({ ...envelope("0", 1), sender: "s" }, undefined, 0);
    taken();
    lease.isOver = true;
    all.markerMet("a", 1);
    all.resolved("a", y, 2);
    all.giveUpFrom("s");
    rest(250);
    expect([taken(), lost]).toEqual([[], ["0 overtaken", "1 overtaken"]]);
    lease.isOver = false;
    rest(100);
    await Promise.resolve();
    expect(resolving).toEqual(["a", "a"]);
    all.resolved("a", y, 2);
    expect([taken(), all.heldEnvelopes]).toEqual([[`2 to ${y}/2`], 0]);
  });

  test("tells the next place that messages by other ways are late, when a place between was lost; not when its marker met the actor", () => {
    const { routes: all, taken, down, open } = routes();
    open(x, 1);
    all.moved("a", 2, y);
    all.markerMet("a", 1);
    all.moved("a", 3, x);
    all.bounced(marker(2, 2), undefined, 0);
    all.send(envelope("1"));
    expect(taken()).toEqual([`?1 to ${x}/1`, `?2 to ${y}/2`, `! to ${x}/3`, `1 to ${x}/3`]);
    down.add(x);
    all.placesDown();
    down.delete(x);
    all.back((place) => place === x);
    all.resolved("a", z, 4);
    all.send(envelope("2"));
    expect(taken()).toEqual([`! to ${z}/4`, `2 to ${z}/4`]);
  });

  test("that leads on to one that died waits as well when its marker bounces, and not when that met the actor", async () => {
    const { routes: all, taken, resolving, down, undrained, open } = routes();
    for (const set of [down, undrained]) set.add(z);
    open(x, 1);
    all.moved("a", 3, y);
    all.bounced(marker(1, 1), undefined, 0);
    expect(taken()).toEqual([`?1 to ${x}/1`]);
    undrained.delete(z);
    all.drained();
    await Promise.resolve();
    expect(resolving).toEqual(["a", "a"]);
    all.resolved("a", y, 3);
    undrained.add(z);
    all.moved("a", 5, x);
    all.send(envelope("1"));
    all.markerMet("a", 2);
    expect(taken()).toEqual([`! to ${y}/3`, `?2 to ${y}/3`, `1 to ${x}/5`]);
  });

  test("holds no more than its limit for one actor, and all of them no more than theirs, in messages and in bytes", () => {
    const large = { payload: new Uint8Array(600) };
    const limits: [Parameters<typeof routes>, Partial<Envelope>[], string[]][] = [
      [[9, 2], [{}, {}, {}], ["2 over: limits.mailbox; "]],
      [[2, 9], [{ to: "b" }, { to: "c" }, { to: "d" }], ["2 over: limits.linkLetters"]],
      [[9, 9], [{ ...large, to: "b" }, large, { to: "b" }], ["1 over: limits.heldBytes"]],
      [[9, 9], [{ payload: new Uint8Array(2_000) }, large], ["1 over: limits.heldBytes"]],
    ];
    for (const [given, mails, expected] of limits) {
      const { routes: all, lost } = routes(...given);
      for (const [name, more] of mails.entries()) all.send({ ...envelope(String(name)), ...more });
      expect(lost).toEqual(expected.map((text) => text.replace("; ", "")));
    }
  });

  test("holds no ask whose time is over where there is no room for another", () => {
    const { routes: all, lost, rest } = routes(2);
    for (const [name, expiresAtMs] of [
      ["1", 1_000_050],
      ["2", 1_009_000],
    ] as const)
      all.send({ ...envelope(name), to: name, ask: 1, expiresAtMs });
    rest(60);
    all.send(envelope("3"));
    all.send(envelope("4"));
    expect([lost, all.heldEnvelopes]).toEqual([["1 expired", "4 over: limits.linkLetters"], 2]);
  });

  test("ends asks whose time is over, and goes with the last of them where it never had a place", () => {
    const { routes: all, lost, rest, taken } = routes();
    all.send({ ...envelope("1"), ask: 1, expiresAtMs: 1_000_150 });
    rest(250);
    expect([lost, all.size, all.heldEnvelopes]).toEqual([["1 expired"], 0, 0]);
    all.resolved("a", x, 1);
    expect(taken()).toEqual([]);
  });

  test("is dropped when it has rested and all its mail has arrived, not before", () => {
    const { routes: all, taken, rest, open } = routes();
    open(x, 1);
    rest(500);
    all.prune(100);
    all.send(envelope("1"));
    all.markerMet("a", 1);
    expect(all.size).toBe(1);
    rest(500);
    all.prune(100);
    rest(500);
    all.prune(100);
    all.markerMet("a", Number(taken().at(-1)?.match(/\d+/)?.[0]));
    expect(all.size).toBe(0);
  });
});

describe("routes to a node that leaves", () => {
  test("are held until what went there has arrived, whether their actors have another place by then or not", () => {
    const { routes: all, taken, open, leaving } = routes();
    open(x, 1);
    leaving.add(x);
    expect(all.evacuate()).toBe(1);
    all.send(envelope("1"));
    expect([taken(), all.evacuate()]).toEqual([[`?1 to ${x}/1`], 1]);
    all.markerMet("a", 1);
    expect([all.evacuate(), taken()]).toEqual([0, []]);
    all.resolved("a", y, 2);
    expect(taken()).toEqual([`1 to ${y}/2`]);
  });

  test("end with their mail when no actor has the id any more", () => {
    const { routes: all, lost, open, leaving } = routes();
    open(x, 1);
    leaving.add(x);
    all.evacuate();
    all.send(envelope("1"));
    all.bounced(marker(1, 1), undefined, 0);
    all.resolved("a", undefined, 0);
    expect([lost, all.size]).toEqual([["1"], 0]);
  });
});

describe("a settling", () => {
  test("ends when all markers were answered, at once when there is nobody to ask", () => {
    const { routes: all, open } = routes();
    open(x, 1);
    let done = 0;
    all.settle(["a", "nobody"], () => done++);
    expect(done).toBe(0);
    all.markerMet("a", 1);
    all.settle(["nobody"], () => done++);
    expect(done).toBe(2);
  });

  test("waits behind what is held, and follows its messages when they bounce", () => {
    const { routes: all, taken, open } = routes();
    open(x, 1);
    all.moved("a", 2, y);
    all.send(envelope("1"));
    let done = 0;
    all.settle(["a"], () => done++);
    all.markerMet("a", 1);
    expect(taken()).toEqual([`?1 to ${x}/1`, `1 to ${y}/2`, `?2 to ${y}/2`]);
    all.bounced(envelope("1", 2), z, 3);
    all.bounced(marker(2, 2), z, 3);
    all.bounced(marker(3, 2), z, 3);
    expect(taken()).toEqual([`?3 to ${y}/2`, `1 to ${z}/3`, `?2 to ${z}/3`]);
    all.markerMet("a", 2);
    expect(done).toBe(1);
  });

  test("does not wait for an actor that has no place: what its sender told that one is given back, in order; the rest waits on", async () => {
    const { routes: all, taken, open, down } = routes();
    const ended: string[] = [];
    const done = (): void => void ended.push("settled");
    open(x, 1);
    down.add(x);
    all.placesDown();
    for (const [name, more] of [
      ["1", {}],
      ["2", { ask: 7 }],
      ["3", { sender: "other" }],
      ["4", {}],
    ] as const)
      all.send({ ...envelope(name), sender: "me", ...more });
    all.settle(["a"], done);
    expect(all.takeUnsent("me", () => {})).toEqual([]);
    expect([all.takeUnsent("me", done).map(({ name }) => name), ended, all.heldEnvelopes]).toEqual([["1", "4"], ["settled"], 2]);
    all.resolved("a", y, 2);
    expect(taken()).toEqual([`! to ${y}/2`, `2 to ${y}/2`, `3 to ${y}/2`]);
  });

  test("that was given up is forgotten", () => {
    const { routes: all, open } = routes();
    open(x, 1);
    let done = 0;
    const settled = (): void => void done++;
    all.settle(["a"], settled);
    all.unsettle(settled);
    all.markerMet("a", 1);
    expect(done).toBe(0);
  });
});

test("no more than a window of messages is on its way to one actor, whatever its place takes of others", () => {
  const { routes: all, passed, open, closed } = routes();
  open(x, 1);
  const send = (): boolean => {
    passed.sent++;
    return all.send(envelope("m"));
  };
  // The last half that was counted is on its way, and another one.
  expect([send(), send(), send(), send()]).toEqual([true, true, true, false]);
  expect([send(), all.hasWay("a"), all.hasWay("never written to")]).toEqual([false, false, true]);
  passed.taken = 2;
  expect([all.hasWay("a"), send(), send(), send()]).toEqual([true, true, true, false]);
  passed.taken = passed.sent;
  closed.add(x);
  expect(all.hasWay("a")).toBe(false);
  closed.clear();
  expect(all.hasWay("a")).toBe(true);
});
