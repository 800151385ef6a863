import type { EventFrame } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { EventChildren } from "./event-children.js";
import type { Listener } from "./event-member.js";

const name = { id: "b", event: "rung", actor: "bell" };
const thread = "n@1/0.1";
const bytes = new Uint8Array();

function scene() {
  const sent: string[] = [];
  const added: { readonly listener: Listener; readonly since: number | null; readonly once: boolean }[] = [];
  const removed: Listener[] = [];
  const room: Listener[] = [];
  const children = new EventChildren({
    relations: {
      add: (_, listener, since, __, once = false) => void added.push({ listener, since, once }),
      remove: (listener) => void removed.push(listener),
      hasRoom: (listener) => void room.push(listener),
    },
    send: (to, frame: EventFrame) => {
      const rest = frame.type === "events" ? `${frame.call} after ${frame.after}: ${frame.items.map(([seq]) => seq).join()}` : "";
      const more = frame.type === "events" ? [frame.resync, frame.more && "more"].filter(Boolean).join(" ") : "";
      sent.push([to, frame.type, rest, more].filter((part) => part !== "").join(" "));
    },
  });
  const listen = (call: number, since: number | null = null, once?: true): void =>
    children.receive(
      { type: "listen", ...name, epoch: 0, call, since, term: null, ...(once === undefined ? {} : { once }) },
      thread,
    );
  return { children, sent, added, removed, room, listen };
}

test("a thread is answered once, and told what comes after that", () => {
  const { sent, added, listen } = scene();
  listen(3, 4);
  const [{ listener, since } = { listener: undefined, since: 0 }] = added;
  listener?.begun(4, "t");
  listener?.heard({ after: 4, term: "t", items: [[5, bytes]] });
  listener?.missed("slow", 9, "t");
  expect(since).toBe(4);
  expect(sent.map((line) => line.trim())).toEqual([
    `${thread} events 3 after 4:`,
    `${thread} events 0 after 4: 5`,
    `${thread} events 0 after 9:  slow`,
  ]);
});

test("one that asks again is the same listener, and one that asks for what there is by now is told that and no more", () => {
  const { sent, added, removed, listen } = scene();
  listen(1);
  listen(2);
  expect(removed).toEqual([added[0]?.listener]);
  listen(7, 1, true);
  listen(7, 1, true);
  expect(added.map(({ once }) => once)).toEqual([false, false, true]);
  const once = added[2]?.listener;
  once?.begun(1, "t");
  once?.heard({ after: 1, term: "t", items: [[2, bytes]] });
  once?.caughtUp?.();
  expect(sent.map((line) => line.trim())).toEqual([
    `${thread} events 7 after 1:  more`,
    `${thread} events 7 after 1: 2 more`,
    `${thread} events 7 after 2:`,
  ]);
  expect(removed).toContain(once);
});

test("a thread that does not take what comes is full, until it does", () => {
  const { children, added, room, listen } = scene();
  listen(1);
  const listener = added[0]?.listener;
  listener?.begun(0, "t");
  listener?.heard({ after: 0, term: "t", items: Array.from({ length: 1_024 }, (_, i) => [i + 1, bytes]) });
  expect(listener?.isFull).toBe(true);
  children.receive({ type: "eventsTaken", ...{ id: "b", event: "rung" }, seq: 64 }, thread);
  expect([listener?.isFull, room]).toEqual([false, [listener]]);
});

test("it hears of the end; it is forgotten when it listens no more, or is down", () => {
  const { children, sent, added, removed, listen } = scene();
  listen(1);
  added[0]?.listener.ended({ reason: "Stop" });
  expect(sent).toEqual([`${thread} unheard`]);
  listen(2);
  children.placeDown((place) => place === thread);
  children.receive({ type: "unlisten", id: "b", event: "rung" }, thread);
  expect(removed).toEqual([added[0]?.listener, added[1]?.listener]);
});
