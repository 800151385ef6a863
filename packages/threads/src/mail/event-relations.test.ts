import { type EventFrame, toWireError } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import type { End, Listener, Told } from "./event-member.js";
import { EventRelations } from "./event-relations.js";

const name = { id: "b", event: "rung", actor: "bell" };
const [here, there] = ["n@1/0.1", "o@1/0.1"];

class Log implements Listener {
  readonly said: string[] = [];
  isFull = false;
  begun = (after: number): void => void this.said.push(`begun ${after}`);
  heard = ({ items }: Told): void => void this.said.push(...items.map(([seq]) => String(seq)));
  missed = (reason: string, after: number): void => void this.said.push(`${reason} ${after}`);
  ended = ({ reason, error }: End): void => void this.said.push(`ended ${error?.message ?? reason}`);
}

function scene() {
  const clock = new VirtualClock();
  const sent: { readonly to: string; readonly frame: EventFrame }[] = [];
  const finds: string[] = [];
  const down = new Set<string>();
  const relations = new EventRelations({
    clock,
    retryMs: 50,
    send: (to, frame) => void sent.push({ to, frame }),
    find: (id) => void finds.push(id),
    isDown: (place) => down.has(place),
  });
  /** The questions since the last look: to whom, after which number, `once`. */
  const asked = (): string[] =>
    sent.splice(0).map(({ to, frame }) => {
      if (frame.type !== "listen") return `${frame.type} ${to}`;
      calls.push(frame.call);
      return `listen ${to} ${frame.since ?? "now"}${frame.once ? " once" : ""}`;
    });
  const calls: number[] = [];
  const events = (call: number, after: number, seqs: readonly number[], more: object = {}, from = here): void =>
    relations.receive(
      {
        type: "events",
        id: "b",
        event: "rung",
        call,
        term: "t",
        after,
        items: seqs.map((seq) => [seq, new Uint8Array()]),
        ...more,
      },
      from,
    );
  const listening = (since: number | null = null): Log => {
    const log = new Log();
    relations.add(name, log, since, null);
    return log;
  };
  /** One that listens, and is told. */
  const live = (): Log => {
    const log = listening();
    relations.found("b", here, 3);
    asked();
    events(calls.at(-1) ?? 0, 5, []);
    return log;
  };
  return { relations, clock, sent, finds, down, asked, calls, events, listening, live };
}

describe("a relation", () => {
  test("is looked for, asked for, and begins where its teller is; all here share it", async () => {
    const { relations, finds, asked, events, listening, calls } = scene();
    const [a, b] = [listening(), listening()];
    expect([finds, asked()]).toEqual([["b"], []]);
    relations.found("b", here, 3);
    expect(asked()).toEqual([`listen ${here} now`]);
    events(calls[0] ?? 0, 5, []);
    events(0, 5, [6, 7]);
    const c = listening();
    events(0, 7, [8]);
    expect([a.said, b.said, c.said]).toEqual([
      ["begun 5", "6", "7", "8"],
      ["begun 5", "6", "7", "8"],
      ["begun 7", "8"],
    ]);
    expect(relations.figures()).toEqual([{ id: "b", event: "rung", from: here, listeners: 3, seq: 8 }]);
  });

  test("whose question or answer is lost asks again, and one that hears nothing for long asks whether that is so", async () => {
    const { relations, clock, asked, events, listening, calls } = scene();
    const log = listening();
    relations.found("b", here, 3);
    await clock.run(60);
    expect(asked()).toEqual([`listen ${here} now`, `listen ${here} now`]);
    events(calls.at(-1) ?? 0, 0, []);
    await clock.run(9_000);
    expect(asked()).toEqual([]);
    await clock.run(2_000);
    expect(asked()).toContain(`listen ${here} 0`);
    expect(log.said).toEqual(["begun 0"]);
  });

  test("that has missed something asks from the last number on, and what comes twice is heard once", () => {
    const { live, events, asked, calls } = scene();
    const log = live();
    events(0, 7, [8]);
    expect([log.said, asked()]).toEqual([["begun 5"], [`listen ${here} 5`]]);
    events(calls.at(-1) ?? 0, 5, [6, 7, 8]);
    events(0, 7, [8, 9]);
    expect(log.said).toEqual(["begun 5", "6", "7", "8", "9"]);
  });

  test("is told of a gap by its teller, with the reason", () => {
    const { live, events } = scene();
    const log = live();
    events(0, 9, [10], { resync: "slow" });
    events(0, 10, [11], { term: "t2" });
    expect(log.said).toEqual(["begun 5", "slow 9", "10"]);
  });

  test("follows its actor, from the last number on; what others say, and an older teller, changes nothing", () => {
    const { relations, live, events, asked, calls } = scene();
    const log = live();
    events(0, 5, [6], {}, there);
    relations.receive({ type: "unheard", id: "b", event: "rung", call: 0, to: { place: "x@1/0.1", epoch: 9 } }, there);
    expect(asked()).toEqual([]);
    relations.receive({ type: "unheard", id: "b", event: "rung", call: 0, to: { place: there, epoch: 4 } }, here);
    expect(asked()).toEqual([`listen ${there} 5`]);
    events(0, 5, [6], {}, here);
    events(calls.at(-1) ?? 0, 5, [6, 7], {}, there);
    expect(log.said).toEqual(["begun 5", "6", "7"]);
  });

  test("is sent to no main thread, where no actor runs", () => {
    const { relations, live, asked, finds } = scene();
    live();
    relations.receive({ type: "unheard", id: "b", event: "rung", call: 0, to: { place: "n@1/main", epoch: 4 } }, here);
    expect([asked(), finds]).toEqual([[], ["b", "b"]]);
  });

  test("whose teller is down is looked for again, and is over when its actor is gone", async () => {
    const { relations, live, down, finds, clock } = scene();
    const log = live();
    relations.gone("b", "Stop");
    down.add(here);
    relations.placeDown();
    await clock.run(120);
    expect(finds.length).toBeGreaterThan(2);
    relations.gone("b", "NodeDown");
    expect([log.said, relations.figures()]).toEqual([["begun 5", "ended NodeDown"], []]);
  });

  test("ends with an error, with its place, and with the last who listens", async () => {
    const { relations, live, asked, listening } = scene();
    const log = live();
    relations.remove(log);
    expect(asked()).toEqual([`unlisten ${here}`]);
    const other = listening();
    relations.found("b", here, 3);
    const error = toWireError(new Error("no such event"));
    relations.receive({ type: "unheard", id: "b", event: "rung", call: 1, error }, here);
    const third = listening();
    relations.close();
    expect([log.said, other.said, third.said]).toEqual([["begun 5"], ["ended no such event"], ["ended HubClosed"]]);
  });

  test("tells its teller now and then what it has taken", () => {
    const { live, events, asked } = scene();
    live();
    for (let seq = 6; seq <= 5 + 128; seq++) events(0, seq - 1, [seq]);
    expect(asked()).toEqual([`eventsTaken ${here}`, `eventsTaken ${here}`]);
  });
});

describe("one that begins late, or is slow,", () => {
  test("asks for what it has not heard, beside the others, and joins them", () => {
    const { live, listening, events, asked, calls } = scene();
    const log = live();
    const late = listening(2);
    expect(asked()).toEqual([`listen ${here} 2 once`]);
    events(0, 5, [6]);
    events(calls.at(-1) ?? 0, 2, [3, 4], { more: true });
    events(calls.at(-1) ?? 0, 4, [5, 6]);
    events(0, 6, [7]);
    expect([log.said, late.said]).toEqual([
      ["begun 5", "6", "7"],
      ["begun 2", "3", "4", "5", "6", "7"],
    ]);
  });

  test("is left alone while it has enough, and goes on from there", () => {
    const { relations, live, events, asked, calls } = scene();
    const log = live();
    log.isFull = true;
    events(0, 5, [6]);
    events(0, 6, [7]);
    log.isFull = false;
    relations.hasRoom(log);
    expect([log.said, asked()]).toEqual([["begun 5", "6"], [`listen ${here} 6 once`]]);
    events(calls.at(-1) ?? 0, 9, [10], { resync: "slow" });
    expect(log.said).toEqual(["begun 5", "6", "slow 9", "10"]);
  });

  test("asks again at the next place when its teller moves under the question", () => {
    const { relations, live, listening, events, asked, calls } = scene();
    live();
    const late = listening(2);
    asked();
    relations.receive({ type: "unheard", id: "b", event: "rung", call: 0, to: { place: there, epoch: 4 } }, here);
    expect(asked()).toEqual([`listen ${there} 5`, `listen ${there} 2 once`]);
    events(calls.at(-1) ?? 0, 2, [3], {}, there);
    expect(late.said).toEqual(["begun 2", "3"]);
  });
});
