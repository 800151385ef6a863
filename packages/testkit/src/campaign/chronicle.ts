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
  /** True for the word of a process that another one of its node's name has replaced: it says nothing of what the node knows. */
  readonly replaced?: boolean | undefined;
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

/** A trouble of a node that lasts. */
type Trouble = "down" | "asleep" | "leaving" | "blocked";

const forever = Number.POSITIVE_INFINITY;

/** What happened in a life, by node and actor. */
export class Chronicle {
  readonly kills: readonly Kill[];
  /** True when several replicas of an actor serve. */
  readonly several: boolean;
  /** True under a strategy that counts nodes: a node may have no right to serve for a while. */
  readonly counts: boolean;
  /** When actors began to be unable to begin for a while, or to take time for it. */
  readonly startTroubles: readonly number[];
  readonly #troubles: Readonly<Record<Trouble, Map<string, Span[]>>> = {
    down: new Map(),
    asleep: new Map(),
    leaving: new Map(),
    blocked: new Map(),
  };
  readonly #opened = new Map<string, number[]>();
  /** When second processes of a node's name began, which may take its place. */
  readonly #namesakes = new Map<string, number[]>();
  readonly #leavesOn = new Map<string, number>();
  readonly #cuts: Cut[] = [];
  readonly #events = new Map<string, NodeEvent[]>();
  /** The present names of the nodes, by index. */
  readonly #names: string[] = [];
  readonly #firstNames = new Map<string, string>();
  /** The kinds of actors with which the lives of a node began, where nodes differ. */
  readonly #kinds = new Map<string, { readonly atMs: number; readonly kinds: readonly string[] }[]>();

  constructor(events: readonly HistoryEvent[]) {
    const kills: Kill[] = [];
    const startTroubles: number[] = [];
    for (const event of events) {
      if (event.kind === "fault") this.#fault(event.what.split(" "), event.atMs, kills, startTroubles);
      else if (event.kind === "event") {
        const { atMs, node, name, replaced } = event;
        if (!this.#opened.has(node)) this.#opened.set(node, [atMs]);
        const one = { atMs, node, name, detail: event.detail as NodeEvent["detail"], replaced };
        const some = this.#events.get(name);
        if (some === undefined) this.#events.set(name, [one]);
        else some.push(one);
      }
    }
    this.several = events.some(({ kind }) => kind === "replicas");
    this.counts = events.some(({ kind }) => kind === "quorum");
    this.kills = kills;
    this.startTroubles = startTroubles;
  }

  /** The names of all nodes that said anything. */
  get nodes(): readonly string[] {
    return [...this.#opened.keys()];
  }

  /** True when a cut or a freeze may have made two lives of one actor. */
  get mayOverlap(): boolean {
    return this.#cuts.length > 0 || this.#troubles.asleep.size > 0;
  }

  /** The name that a node began with. */
  firstName(node: string): string {
    return this.#firstNames.get(node) ?? node;
  }

  /** True when a node that began with a name has taken another. */
  wasRenamed(first: string): boolean {
    return [...this.#firstNames.values()].includes(first);
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
    return this.#had("down", node, fromMs, toMs);
  }

  /** True when a node crashed at any time, or a thread of it was killed. */
  died(node: string): boolean {
    return this.#troubles.down.has(node) || this.kills.some((kill) => kill.node === node);
  }

  /** True when a node was frozen or suspended, or its clock said so, in a stretch of time. */
  slept(node: string, fromMs: number, toMs: number): boolean {
    return this.#had("asleep", node, fromMs, toMs);
  }

  /** True when a node was on its way out, or gone by a leave, in a stretch of time. */
  wasLeaving(node: string, fromMs: number, toMs: number): boolean {
    return this.#had("leaving", node, fromMs, toMs);
  }

  /** True for a node that another process of its name replaced while it was on its way out: it may go on leaving, and says goodbye when it is done. */
  leavesOn(node: string, atMs: number): boolean {
    return (this.#leavesOn.get(node) ?? Number.POSITIVE_INFINITY) <= atMs;
  }

  /** True when a thread of a node was blocked in a stretch of time. */
  wasBlocked(node: string, fromMs: number, toMs: number): boolean {
    return this.#had("blocked", node, fromMs, toMs);
  }

  /** True when a node took another one for a member at an instant. */
  knows(node: string, peer: string, atMs: number): boolean {
    // What an earlier life of the node knew is gone with it.
    const sinceMs = this.openings(node).findLast((opened) => opened <= atMs) ?? 0;
    const last = (name: string): number =>
      this.events(name, sinceMs, atMs).findLast(
        (event) => event.node === node && event.detail.node === peer && event.replaced !== true,
      )?.atMs ?? -1;
    return last("memberJoined") > last("memberLeft");
  }

  /** The kinds of actors that a node had at an instant, of those that not all have. */
  kindsOf(node: string, atMs: number): readonly string[] {
    return this.#kinds.get(node)?.findLast((one) => one.atMs <= atMs)?.kinds ?? [];
  }

  /** True when a life of a node began in a stretch of time, or another process of its name did. */
  opened(node: string, fromMs: number, toMs: number): boolean {
    const all = [...this.openings(node), ...(this.#namesakes.get(node) ?? [])];
    return all.some((atMs) => atMs >= fromMs && atMs <= toMs);
  }

  /** True when a second process of a node's name began in a stretch of time, whether it took its place or not. */
  doubled(node: string, fromMs: number, toMs: number): boolean {
    return this.#namesakes.get(node)?.some((atMs) => atMs >= fromMs && atMs <= toMs) ?? false;
  }

  /** When the lives of a node began: the first with the first that it said. */
  openings(node: string): readonly number[] {
    return this.#opened.get(node) ?? [];
  }

  /** True when a cut was between two nodes, in either direction, in a stretch of time. */
  wasCut(node: string, peer: string, fromMs: number, toMs: number): boolean {
    return this.#cuts.some((cut) => separates(cut, node, peer) && overlaps(cut, fromMs, toMs));
  }

  /** Since when two nodes have been cut off from each other, in either direction, at an instant; undefined when they are not. */
  cutSinceMs(node: string, peer: string, atMs: number): number | undefined {
    // A cut that replaces another one goes on where that ends.
    return this.#cuts.reduceRight<number | undefined>((since, cut) => {
      const at = since ?? atMs;
      return separates(cut, node, peer) && overlaps(cut, at, at) ? cut.fromMs : since;
    }, undefined);
  }

  /** How long a node slept within a stretch of time. */
  asleepMs(node: string, fromMs: number, toMs: number): number {
    const spans = this.#troubles.asleep.get(node) ?? [];
    return spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)), 0);
  }

  #had(trouble: Trouble, node: string, fromMs: number, toMs: number): boolean {
    return this.#troubles[trouble].get(node)?.some((span) => overlaps(span, fromMs, toMs)) ?? false;
  }

  #fault(words: readonly string[], atMs: number, kills: Kill[], startTroubles: number[]): void {
    const [verb = "", second = ""] = words;
    const last = words.at(-1) ?? "";
    if (verb === "kill") kills.push({ atMs, node: last, thread: Number(words[2]) });
    else if (verb === "crash") {
      this.#begin("down", last, atMs);
      this.#end("asleep", last, atMs);
      this.#end("blocked", last, atMs);
    } else if (verb === "freeze") this.#begin("asleep", last, atMs);
    else if (verb === "thaw") this.#end("asleep", last, atMs);
    else if (verb === "wake") this.#wakes(last, atMs);
    else if (verb === "block") this.#begin("blocked", last, atMs);
    else if (verb === "unblock") this.#end("blocked", last, atMs);
    else if (verb === "leave") this.#begin("leaving", last, atMs);
    else if (verb === "restart" || verb === "join" || verb === "return") this.#opens(last, atMs);
    else if (verb === "namesake" && second === "of") this.#namesakes.set(last, [...(this.#namesakes.get(last) ?? []), atMs]);
    else if (verb === "namesake" && second === "replaces") {
      if (this.wasLeaving(last, atMs, atMs)) this.#leavesOn.set(last, atMs);
      this.#begin("down", last, atMs);
      this.#opens(last, atMs);
    } else if (verb === "rename") this.#renamed(second, last, atMs);
    else if (verb === "kinds") this.#kinds.set(second, [...(this.#kinds.get(second) ?? []), { atMs, kinds: words.slice(2) }]);
    else if (verb === "clock") this.#clock(words, atMs);
    else if (verb === "starts") startTroubles.push(atMs);
    else if (verb === "cut" || verb === "heal") this.#cutOrHeal(words, atMs);
  }

  /** The life that was replaced while it slept wakes; the node that took its name may sleep at that time. */
  #wakes(node: string, atMs: number): void {
    const spans = this.#troubles.asleep;
    spans.set(node, [{ fromMs: atMs, toMs: atMs }, ...(spans.get(node) ?? [])]);
  }

  /** A new life of a node ends the troubles of the last one. */
  #opens(node: string, atMs: number): void {
    for (const trouble of ["down", "asleep", "leaving", "blocked"] as const) this.#end(trouble, node, atMs);
    this.#opened.set(node, [...(this.#opened.get(node) ?? []), atMs]);
  }

  #renamed(from: string, to: string, atMs: number): void {
    const index = this.#index(from);
    this.#names[index] = to;
    this.#firstNames.set(to, this.firstName(from));
    this.#kinds.set(to, [{ atMs, kinds: this.kindsOf(from, atMs) }]);
    this.#begin("leaving", from, atMs);
    this.#opens(to, atMs);
  }

  /** A clock that jumps has its node believe that it slept. */
  #clock(words: readonly string[], atMs: number): void {
    const node = words[2] ?? "";
    if (words.includes("goes")) this.#end("asleep", node, atMs);
    else this.#begin("asleep", node, atMs);
    if (words.includes("ahead")) this.#end("asleep", node, atMs);
  }

  #cutOrHeal(words: readonly string[], atMs: number): void {
    const last = this.#cuts.at(-1);
    if (last !== undefined && last.toMs === forever) this.#cuts[this.#cuts.length - 1] = { ...last, toMs: atMs };
    if (words[0] !== "cut") return;
    const groups = JSON.parse(words[1] ?? "[]") as readonly (readonly number[])[];
    const side = new Map(groups.flatMap((group, index) => group.map((node) => [this.#name(node), index] as const)));
    this.#cuts.push({ side, fromMs: atMs, toMs: forever });
  }

  #name(index: number): string {
    return this.#names[index] ?? `node-${index}`;
  }

  #index(name: string): number {
    const index = this.#names.indexOf(name);
    return index === -1 ? Number(name.slice("node-".length)) : index;
  }

  #begin(trouble: Trouble, node: string, fromMs: number): void {
    const spans = this.#troubles[trouble];
    spans.set(node, [...(spans.get(node) ?? []), { fromMs, toMs: forever }]);
  }

  #end(trouble: Trouble, node: string, toMs: number): void {
    const spans = this.#troubles[trouble].get(node);
    const last = spans?.at(-1);
    if (spans !== undefined && last !== undefined && last.toMs === forever) spans[spans.length - 1] = { ...last, toMs };
  }
}

function separates({ side }: Cut, node: string, peer: string): boolean {
  const [a, b] = [side.get(node), side.get(peer)];
  return a !== undefined && b !== undefined && a !== b;
}

function overlaps(span: Span, fromMs: number, toMs: number): boolean {
  return span.fromMs <= toMs && span.toMs >= fromMs;
}
