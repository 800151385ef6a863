/*
 * Checks promise P4: moves do not change what an actor computes.
 * Without it a move could lose or double a message's effect on the state, unseen.
 */
import type { ActorContext, Cell, ReplyToken } from "@process-hub/actor";
import { decode, gather, type Header, nodeOf, type PlaceId, threadOfPlace } from "@process-hub/protocol";
import type { History, HistoryEvent } from "../history.js";
import { plainValue } from "../plain-value.js";

/** The actors and the history that the check reads, as a `Simulation` has them. */
export interface Replayable {
  readonly history: History;
  cells(): readonly { readonly cell: Cell }[];
}

/**
 * P4: an actor's state equals that of a replay: the messages it handled, in order, in one place, without moves. Left out are actors in the
 * middle of a handler; actors that were restarted or swapped cold, since their state began anew at an unknown moment; and actors that a
 * replay cannot reproduce, since their handlers asked others, several of their replicas serve (each with its own state), or their `init` or
 * `started` read where it runs, or a concurrent handler changed the state while others awaited. In a replay `ctx.node`, `ctx.thread` and `ctx.epoch` are those of the history, since an actor may keep
 * them.
 */
export async function checkReplay(sim: Replayable): Promise<string[]> {
  const problems: string[] = [];
  const { events } = sim.history;
  if (events.some(({ kind }) => kind === "replicas")) return [];
  const restarted = new Set(
    events.flatMap((event) =>
      event.kind === "event" && event.name === "childRestarted" ? [(event.detail as { id: string }).id] : [],
    ),
  );
  const broken = events.some(
    (event) =>
      event.kind === "event" && (event.name === "threadExited" || event.name === "conflict" || event.name === "childStopped"),
  );
  if (broken) return [];
  const handlings = new Map<string, Handling[]>();
  for (const event of events) if (event.kind === "handling") gather(handlings, event.message.to, event);
  for (const { cell } of sim.cells()) {
    if (cell.phase !== "running" || cell.inHand !== undefined || restarted.has(cell.id)) continue;
    const handled = handlings.get(cell.id) ?? [];
    if (handled.some(({ message }) => cell.behaviour.handlers.get(message.name)?.concurrent === "mutates")) continue;
    const bornAtMs = sim.history.bornAtMs(cell.life.name);
    if (handled.some(({ atMs }) => atMs < bornAtMs)) continue;
    const state = await replayed(cell, sim.history, handled);
    if (state === unanswered) continue;
    const expected = JSON.stringify(plainValue(state));
    const actual = JSON.stringify(plainValue(cell.state));
    if (expected !== actual) problems.push(`P4: ${cell.id} holds ${actual}; without moves it would hold ${expected}`);
  }
  return problems;
}

type Handling = Extract<HistoryEvent, { kind: "handling" }>;

const unanswered = Symbol("the replay would need an answer");

async function replayed(cell: Cell, history: History, handled: readonly Handling[]): Promise<unknown> {
  const { behaviour, spec } = cell;
  const asked = { any: false };
  const args = behaviour.args === undefined ? spec.args : (opened(behaviour.args, spec.args ?? {}) ?? spec.args);
  const state = opened(behaviour.state, await behaviour.init(args, silent(cell, undefined, asked)));
  await behaviour.lifecycle.started?.(state, silent(cell, undefined, asked));
  for (const event of handled) {
    const handler = behaviour.handlers.get(event.message.name);
    const input = handler?.input === undefined ? undefined : opened(handler.input, history.input(event.message));
    try {
      await handler?.run(state, input, silent(cell, event.message.from, asked, event, history.header(event.message)));
    } catch {
      // An error of a handler restarts its actor: such actors are left out above.
    }
  }
  return asked.any ? unanswered : state;
}

/** What a schema makes of a value: it took it once. */
function opened(schema: Cell["behaviour"]["state"], value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`a replay met what does not fit: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

/** A context without effects outside, which notes when an effect or an unknown fact was asked for. `at`: where it runs. */
function silent(
  cell: Cell,
  from: string | undefined,
  asked: { any: boolean },
  at?: { readonly place: PlaceId; readonly epoch: number },
  header?: Header,
): ActorContext {
  const known = <T>(read: (where: { readonly place: PlaceId; readonly epoch: number }) => T, otherwise: T): T => {
    if (at !== undefined) return read(at);
    asked.any = true;
    return otherwise;
  };
  const refused = (): Promise<never> => {
    asked.any = true;
    return Promise.reject(new Error("a replay asks nobody"));
  };
  const unasked = (): never => {
    asked.any = true;
    throw new Error("a replay asks nobody");
  };
  const unknownFact = (): number => {
    asked.any = true;
    return 0;
  };
  const stream = (): AsyncGenerator<never, void, undefined> => {
    asked.any = true;
    return (async function* () {})();
  };
  const ref = { id: "", actor: "", tell: () => true, ask: refused, stream, subscribe: unasked };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return {
    id: cell.id,
    self: ref,
    get node() {
      return known(({ place }) => nodeOf(place), "");
    },
    get thread() {
      return known(({ place }) => threadOfPlace(place), 0);
    },
    get epoch() {
      return known(({ epoch }) => epoch, 0);
    },
    mode: "active",
    // When it aborted is not known: a handler that waits for that would wait for ever.
    get signal(): never {
      asked.any = true;
      throw new Error("a replay has no signal");
    },
    get deadlineAtMs() {
      asked.any = true;
      return undefined;
    },
    context: header?.context === undefined ? {} : (decode(header.context) as Readonly<Record<string, unknown>>),
    trace: header?.trace,
    sender: from?.includes("@") === true ? undefined : from,
    log,
    ref: () => ref,
    start: refused,
    startAll: refused,
    get: refused,
    nodes: refused,
    list: refused,
    stop: refused,
    watch: () => {},
    unwatch: () => true,
    emit: unknownFact,
    subscribe: () => {},
    unsubscribe: () => true,
    stopSelf: () => {},
    schedule: () => {},
    scheduleAt: () => {},
    every: () => {},
    cron: () => {},
    replyLater: () => {
      asked.any = true;
      return "" as ReplyToken;
    },
    reply: () => true,
    refuse: () => true,
    task: () => {
      asked.any = true;
    },
    abort: () => true,
    now: unknownFact,
    random: unknownFact,
    cancel: () => true,
    job: refused,
    ready: async () => "room",
  };
}
