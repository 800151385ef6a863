/*
 * Checks promise P3, and half of P2: messages of one sender are handled in order, each at most once.
 * Without it a route that lets a later message overtake an earlier one would go unnoticed.
 */
import { nodeLifeOf } from "@process-hub/protocol";
import type { HistoryEvent, Message } from "../history.js";
import type { Overlap } from "./overlap.js";

interface Row {
  readonly sent: string[];
  /** How far each life has come. */
  readonly next: Map<string, number>;
}

/** The messages of one sender to one actor that are still to come, and how many of each may be handled. */
interface Way {
  readonly rows: Map<string, Row>;
  readonly left: Map<string, number>;
}

/**
 * P3 and half of P2: the messages of one sender to one actor are handled in the order sent, each at most once. The handled ones are a
 * subsequence of the sent ones; two equal messages cannot be told apart, by the check or by the actor.
 *
 * An actor's timers put their messages into its mailbox at once, and form a row apart from messages that it tells itself by its id.
 * `epochsOverlap` (see `checkActivation`): of two duplicates that run side by side each keeps the order, not both together. A sender that
 * had a duplicate (`met`) has a row for each place it sends from, and so have its timers, since messages in the mailbox of a duplicate that
 * gives way go on to the survivor. Where several replicas serve, the same holds for all of them, and the timers of each epoch form a row: a
 * replica, and the actor that takes its place, are two senders at one place. An actor that ended and was started again is another sender:
 * what its earlier life sent may still wait for its way on another thread. Concurrent messages do not wait for the others: they form a row of
 * their own.
 */
export function checkOrder(history: readonly HistoryEvent[], epochsOverlap = false, met: Overlap["met"] = new Map()): string[] {
  const ways = new Map<string, Way>();
  const problems: string[] = [];
  const several = history.some((event) => event.kind === "replicas");
  const concurrent = new Set(
    history.flatMap((event) =>
      event.kind === "handling" && event.concurrent ? [`${event.message.to} ${event.message.name}`] : [],
    ),
  );
  /** How often each sender has ended so far. */
  const ends = new Map<string, number>();
  for (const event of history) {
    if (event.kind === "event" && event.name === "childStopped") {
      const { id } = event.detail as { readonly id: string };
      ends.set(id, (ends.get(id) ?? 0) + 1);
    }
    if (event.kind !== "made" && event.kind !== "handling") continue;
    const { from, to } = event.message;
    const key = `${from} > ${to}`;
    const way: Way = ways.get(key) ?? { rows: new Map<string, Row>(), left: new Map() };
    ways.set(key, way);
    const what = said(event.message);
    if (event.kind === "made") {
      const at = several || met.has(from) ? ` at ${event.place}` : "";
      const life = ends.has(from) ? ` after ${ends.get(from)} ends` : "";
      const beside = concurrent.has(`${to} ${event.message.name}`) ? " beside others" : "";
      made(way, `${event.timer ? timersOf(event, several) : "told"}${at}${life}${beside}`, what);
    } else {
      const left = way.left.get(what);
      way.left.set(what, (left ?? 0) - 1);
      const wrong = left === undefined ? "that was never sent" : left < 1 ? "twice" : undefined;
      if (wrong !== undefined) problems.push(`P2: ${to} handles ${what} of ${from} ${wrong}`);
      else if (!inOrder(way, what, several || epochsOverlap ? lifeOf(event, several) : ""))
        problems.push(`P3: ${to} handles ${what} of ${from} out of order`);
    }
  }
  return problems;
}

function made(way: Way, name: string, what: string): void {
  const row: Row = way.rows.get(name) ?? { sent: [], next: new Map() };
  row.sent.push(what);
  way.rows.set(name, row);
  way.left.set(what, (way.left.get(what) ?? 0) + 1);
}

/** Takes the message from the first row that has it still to come, for this life. */
function inOrder({ rows }: Way, what: string, life: string): boolean {
  for (const { sent, next } of rows.values()) {
    const index = sent.indexOf(what, next.get(life) ?? 0);
    if (index === -1) continue;
    next.set(life, index + 1);
    return true;
  }
  return false;
}

/** A restart raises the epoch by as much, a move by one: what waits in a life that cannot begin anew is handled by the next one, elsewhere. */
const restartStride = 1_000;

function timersOf({ epoch = 0 }: Extract<HistoryEvent, { readonly kind: "made" }>, several: boolean): string {
  return several ? `timers of epoch ${epoch}` : `timers of life ${Math.floor(epoch / restartStride)}`;
}

/** Two nodes may use one number, each for the replica that serves its own senders. */
function lifeOf({ place, epoch }: Extract<HistoryEvent, { readonly kind: "handling" }>, several: boolean): string {
  return several ? `${nodeLifeOf(place)}, epoch ${epoch}` : `epoch ${epoch}`;
}

function said({ name, input }: Message): string {
  return `${name} ${JSON.stringify(input) ?? ""}`;
}
