/*
 * The search for a linearization: Wing and Gong's, with Lowe's memory.
 * Without it a history could be checked only by trying all orders of its operations.
 */
import { type BitSet, bitSet, bitsKey, flip, has } from "./bit-set.js";
import type { Entry, Timeline } from "./timeline.js";
import type { Kind, Transition, Transitions } from "./transitions.js";

/** An operation in its place of a linearization, and the state after it; what comes before it is a list. */
export interface Placed {
  readonly entry: Entry;
  readonly state: number;
  readonly before: Placed | undefined;
}

/** How far a search came. */
export interface Found {
  readonly verdict: "linearizable" | "not linearizable" | "undecided";
  /** The linearization that got furthest: the last operation of it, and with that all. */
  readonly longest: Placed | undefined;
  /** The returns before this one are explained by it. */
  readonly returns: number;
  /** The operations that it has placed and that have not returned by then. */
  readonly placed: BitSet;
  readonly state: number;
}

/**
 * What the search has done so far: all operations that returned before the return of this number, and of those that are pending then the
 * ones in `placed`. The operation that returns then is not among them.
 */
interface Configuration extends Omit<Found, "verdict"> {
  readonly length: number;
  /** The operations that may be next. */
  readonly next: Generator<Entry>;
  /** The kinds of which one that returned may be next. */
  readonly matched: Set<Kind>;
}

/**
 * Looks for an order of the operations that the model explains and that keeps all that was seen to come before other things (J. Wing, C. Gong,
 * 1993). It goes from return to return and places an operation at the latest possible moment: before the next return, if that needs it. It
 * remembers each configuration, a set of placed operations with a state, and takes none twice (G. Lowe, Testing for linearizability, 2017).
 *
 * Three rules spare it orders that others stand for. Of pending operations that the model cannot tell apart and that had one reply, the one
 * that returns first is next. One of unknown outcome is next only before others of its kind that were invoked later, where it changes the
 * state, and where none of its kind that returned fits. An operation of a kind that changes no state is placed as soon as it fits: whether a
 * kind is such is seen at each state that the search meets, and the search begins anew when one that it relied on is not.
 */
export class Search {
  readonly #transitions: Transitions;
  readonly #timeline: Timeline;
  readonly #limit: number;
  /** The kinds that have changed none of the states met so far; those among them that the search relied on. */
  readonly #reading: Set<Kind>;
  readonly #reliedOn = new Set<Kind>();
  readonly #met = new Set<number>();
  #isStale = false;

  /** `limit`: how many configurations it may take before it gives up. */
  constructor(transitions: Transitions, timeline: Timeline, limit: number) {
    this.#transitions = transitions;
    this.#timeline = timeline;
    this.#limit = limit;
    this.#reading = new Set([...timeline.returned, ...timeline.unknown].map(({ kind }) => kind));
  }

  run(): Found {
    for (;;) {
      this.#isStale = false;
      this.#reliedOn.clear();
      const found = this.#once();
      if (found.verdict === "linearizable" || !this.#isStale) return found;
    }
  }

  #once(): Found {
    const end = this.#timeline.returned.length;
    const known = new Set<string>();
    const first = this.#settled({ longest: undefined, length: 0, returns: 0, placed: bitSet(this.#timeline.slots), state: 0 });
    const stack = [first];
    let best = first;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.returns === end) return { ...top, verdict: "linearizable" };
      const { value: entry, done } = top.next.next();
      if (done === true) {
        stack.pop();
        continue;
      }
      const next = this.#place(top, entry);
      if (next === undefined) continue;
      const key = `${next.returns} ${next.state} ${bitsKey(next.placed)}`;
      if (known.has(key)) continue;
      if (known.size >= this.#limit) return { ...best, verdict: "undecided" };
      known.add(key);
      stack.push(next);
      if (next.returns > best.returns || (next.returns === best.returns && next.length > best.length)) best = next;
    }
    return { ...best, verdict: "not linearizable" };
  }

  /** The configuration with one operation more; undefined where the model has it otherwise, or another stands for it. */
  #place(top: Configuration, entry: Entry): Configuration | undefined {
    const { kind, operation } = entry;
    const step = this.#fitting(top.state, entry);
    if (step === undefined) return undefined;
    if (operation.outcome.kind === "returned") top.matched.add(kind);
    else if (step.state === top.state || top.matched.has(kind)) return undefined;
    const placed = top.placed.slice();
    flip(placed, entry.slot);
    const { state } = step;
    const longest = { entry, state, before: top.longest };
    return this.#settled({ longest, length: top.length + 1, returns: top.returns, placed, state });
  }

  /** Goes on to the next return of an operation that is not placed, and places those that change nothing. Takes over `placed`. */
  #settled(from: Omit<Configuration, "next" | "matched">): Configuration {
    const { placed, state } = from;
    let { longest, length, returns } = from;
    const { returned } = this.#timeline;
    this.#meet(state);
    for (let goesOn = true; goesOn; ) {
      goesOn = false;
      for (let entry = returned[returns]; entry !== undefined && has(placed, entry.slot); entry = returned[returns]) {
        flip(placed, entry.slot);
        returns++;
      }
      for (const entry of this.#timeline.pendingAt(returns)) {
        if (!this.#reading.has(entry.kind) || has(placed, entry.slot)) continue;
        if (this.#fitting(state, entry) === undefined) continue;
        this.#reliedOn.add(entry.kind);
        flip(placed, entry.slot);
        longest = { entry, state, before: longest };
        length++;
        goesOn = true;
      }
    }
    return { longest, length, returns, placed, state, next: this.#next(returns, placed, state), matched: new Set() };
  }

  /** Has each kind that changed no state so far show what it does to this one. */
  #meet(state: number): void {
    if (this.#met.has(state)) return;
    this.#met.add(state);
    for (const kind of this.#reading) {
      if ((this.#transitions.step(state, kind)?.state ?? state) === state) continue;
      this.#reading.delete(kind);
      if (this.#reliedOn.has(kind)) this.#isStale = true;
    }
  }

  /** The operations that may be next; of those that the next return needs before it, the ones that suffice for it come first. */
  *#next(returns: number, placed: BitSet, state: number): Generator<Entry> {
    const [due, ...others] = this.#candidates(returns, placed);
    if (due === undefined) return;
    yield due;
    const suffices = others.map(({ kind }) => {
      const after = this.#transitions.step(state, kind)?.state;
      return after !== undefined && after !== state && this.#fitting(after, due) !== undefined;
    });
    for (const [index, entry] of others.entries()) if (suffices[index] === true) yield entry;
    for (const [index, entry] of others.entries()) if (suffices[index] !== true) yield entry;
  }

  /** The pending operations that are not placed, without those that another one stands for: first the one that returns next. */
  #candidates(returns: number, placed: BitSet): Entry[] {
    const candidates: Entry[] = [];
    for (const entry of this.#timeline.pendingAt(returns)) {
      if (has(placed, entry.slot)) continue;
      if (!candidates.some(({ kind, reply }) => kind === entry.kind && reply === entry.reply)) candidates.push(entry);
    }
    const unknown = new Set<Kind>();
    for (const entry of this.#timeline.unknownAt(returns)) {
      const { kind } = entry;
      if (has(placed, entry.slot) || unknown.has(kind)) continue;
      unknown.add(kind);
      if (this.#reading.has(kind)) this.#reliedOn.add(kind);
      else candidates.push(entry);
    }
    return candidates;
  }

  /** What the model makes of the operation, if that is what was seen. */
  #fitting(state: number, { kind, reply, operation }: Entry): Transition | undefined {
    const step = this.#transitions.step(state, kind);
    const isFree = step?.reply === undefined || operation.outcome.kind !== "returned";
    return isFree || step.reply === reply ? step : undefined;
  }
}
