/*
 * A history read as spans: when each node was down, asleep, leaving or cut off, and which events there were of a node or an actor.
 * Without it each rule of the judge would read the whole history by itself, and know the words of its faults.
 */
import type { HistoryEvent } from "../history.js";

/** A stretch of virtual time; `toMs` is infinite for what did not end. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An event of a hub, as a history records it. */
export interface NodeEvent {
  readonly atMs: number;
  readonly node: string;
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The end of a thread by the nemesis. */
export interface Kill {
  readonly atMs: number;
  readonly node: string;
  readonly thread: number;
}

interface Cut extends Span {
  readonly side: ReadonlyMap<string, number>;
}

const forever = Number.POSITIVE_INFINITY;

/** True when a span and a stretch of time have an instant in common. */
export function overlaps(span: Span, fromMs: number, toMs: number): boolean {
  return span.fromMs <= toMs && span.toMs >= fromMs;
}

/** What happened in a life, by node and actor. */
export class Chronicle {
  readonly kills: readonly Kill[];
  readonly #down = new Map<string, Span[]>();
  readonly #asleep = new Map<string, Span[]>();
  readonly #leaving = new Map<string, Span[]>();
  readonly #opened = new Map<string, number[]>();
  readonly #cuts: Cut[] = [];
  readonly #several: boolean;
  readonly #events = new Map<string, NodeEvent[]>();

  constructor(events: readonly HistoryEvent[]) {
    const kills: Kill[] = [];
    this.#several = events.some(({ kind }) => kind === "replicas");
    for (const event of events) {
      if (event.kind === "fault") this.#fault(event.what, event.atMs, kills);
      else if (event.kind === "event") {
        const { atMs, node, name } = event;
        if (!this.#opened.has(node)) this.#opened.set(node, [atMs]);
        const one = { atMs, node, name, detail: event.detail as NodeEvent["detail"] };
        const some = this.#events.get(name);
        if (some === undefined) this.#events.set(name, [one]);
        else some.push(one);
      }
    }
    this.kills = kills;
  }

  /** The names of all nodes that said anything. */
  get nodes(): readonly string[] {
    return [...this.#opened.keys()];
  }

  /** True when several replicas of an actor serve. */
  get several(): boolean {
    return this.#several;
  }

  /** True when a cut or a freeze may have made two lives of one actor. */
  get mayOverlap(): boolean {
    return this.#cuts.length > 0 || this.#asleep.size > 0;
  }

  /** The events of a name in a stretch of time, oldest first. */
  events(name: string, fromMs = 0, toMs = forever): readonly NodeEvent[] {
    const all = this.#events.get(name) ?? [];
    return fromMs === 0 && toMs === forever ? all : all.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  /** The events of a name about an actor in a stretch of time. */
  ofActor(name: string, id: string, fromMs = 0, toMs = forever): readonly NodeEvent[] {
    return this.events(name, fromMs, toMs).filter(({ detail }) => detail.id === id);
  }

  /** True when a node was down by a crash, or crashed, in a stretch of time. */
  wasDown(node: string, fromMs: number, toMs: number): boolean {
    return some(this.#down, node, fromMs, toMs);
  }

  /** True when a node crashed at any time, or a thread of it was killed. */
  died(node: string): boolean {
    return this.#down.has(node) || this.kills.some((kill) => kill.node === node);
  }

  /** True when a node was frozen or suspended in a stretch of time. */
  slept(node: string, fromMs: number, toMs: number): boolean {
    return some(this.#asleep, node, fromMs, toMs);
  }

  /** True when a node was on its way out, or gone by a leave, in a stretch of time. */
  wasLeaving(node: string, fromMs: number, toMs: number): boolean {
    return some(this.#leaving, node, fromMs, toMs);
  }

  /** True when a life of a node began in a stretch of time. */
  opened(node: string, fromMs: number, toMs: number): boolean {
    return this.openings(node).some((atMs) => atMs >= fromMs && atMs <= toMs);
  }

  /** When the lives of a node began: the first with the first that it said. */
  openings(node: string): readonly number[] {
    return this.#opened.get(node) ?? [];
  }

  /** True when a cut was between two nodes, in either direction, in a stretch of time; of one node: between it and any other. */
  wasCut(node: string, peer: string | undefined, fromMs: number, toMs: number): boolean {
    return this.#cuts.some((cut) => {
      const side = cut.side.get(node);
      if (side === undefined || !overlaps(cut, fromMs, toMs)) return false;
      if (peer === undefined) return [...cut.side.values()].some((other) => other !== side);
      const other = cut.side.get(peer);
      return other !== undefined && other !== side;
    });
  }

  /** How long a node slept within a stretch of time. */
  asleepMs(node: string, fromMs: number, toMs: number): number {
    const spans = this.#asleep.get(node) ?? [];
    return spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)), 0);
  }

  #fault(what: string, atMs: number, kills: Kill[]): void {
    const [verb, ...rest] = what.split(" ");
    const node = rest.at(-1) ?? "";
    if (verb === "kill") kills.push({ atMs, node, thread: Number(rest[1]) });
    else if (verb === "crash") {
      open(this.#down, node, atMs);
      close(this.#asleep, node, atMs);
    } else if (verb === "freeze") open(this.#asleep, node, atMs);
    else if (verb === "thaw") close(this.#asleep, node, atMs);
    else if (verb === "leave") open(this.#leaving, node, atMs);
    else if (verb === "restart" || verb === "join") {
      close(this.#down, node, atMs);
      close(this.#leaving, node, atMs);
      this.#opened.set(node, [...(this.#opened.get(node) ?? []), atMs]);
    } else if (verb === "cut" || verb === "heal") this.#cutOrHeal(verb === "cut" ? what : undefined, atMs);
  }

  #cutOrHeal(cut: string | undefined, atMs: number): void {
    const last = this.#cuts.at(-1);
    if (last !== undefined && last.toMs === forever) this.#cuts[this.#cuts.length - 1] = { ...last, toMs: atMs };
    if (cut === undefined) return;
    const groups = JSON.parse(cut.slice(4, cut.lastIndexOf("]") + 1)) as readonly (readonly number[])[];
    const side = new Map(groups.flatMap((group, index) => group.map((node) => [`node-${node}`, index] as const)));
    this.#cuts.push({ side, fromMs: atMs, toMs: forever });
  }
}

function some(spans: ReadonlyMap<string, readonly Span[]>, node: string, fromMs: number, toMs: number): boolean {
  return spans.get(node)?.some((span) => overlaps(span, fromMs, toMs)) ?? false;
}

function open(spans: Map<string, Span[]>, node: string, fromMs: number): void {
  spans.set(node, [...(spans.get(node) ?? []), { fromMs, toMs: forever }]);
}

function close(spans: Map<string, Span[]>, node: string, toMs: number): void {
  const of = spans.get(node);
  const last = of?.at(-1);
  if (of !== undefined && last !== undefined && last.toMs === forever) of[of.length - 1] = { ...last, toMs };
}
