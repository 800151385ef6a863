/**
 * Finds asks that wait for themselves: each actor is busy with a message whose handler waits for the next one. A question goes along the asks
 * that are waited for (edge chasing, as Chandy, Misra and Haas have it, 1983); one that comes back has found a cycle.
 * Without it such actors would stand still until the first ask expires. Messages carry nothing for it, and an ask that waits behind nobody who
 * waits pays nothing.
 */
import {
  type ActorId,
  type AskStep,
  type Clock,
  FrameKind,
  type PlaceId,
  pathSteps,
  type Timer,
  type WaitsForFrame,
} from "@process-hub/protocol";
import type { Addressee } from "./mailer-ports.js";

/** How long an ask waits behind a handler that waits itself before anybody is asked: most are answered by then. Doubled with each time. */
const firstLookMs = 10;
const lastLookMs = 1_000;

/** The ports of the search. */
export interface AskCyclesPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly find: (id: ActorId) => Pick<Addressee, "openAsks" | "waitsFor" | "holdsAsk" | "refuseCycle"> | undefined;
  /** Where an ask of this place is, as far as that is known. */
  readonly whereIs: (ask: number) => { readonly to: ActorId; readonly place: PlaceId } | undefined;
  /** Sends a frame, to this place too. */
  readonly send: (to: PlaceId, frame: WaitsForFrame) => void;
}

/** An actor that others wait for while it waits. */
interface Watch {
  dueAtMs: number;
  pauseMs: number;
}

/** The search for cycles, of one place. */
export class AskCycles {
  readonly #ports: AskCyclesPorts;
  readonly #watched = new Map<ActorId, Watch>();
  #timer: Timer | undefined;

  constructor(ports: AskCyclesPorts) {
    this.#ports = ports;
  }

  /** An ask of an actor waits here behind a handler that waits for others. */
  waits(id: ActorId): void {
    const dueAtMs = this.#ports.clock.now() + firstLookMs;
    const watch = this.#watched.get(id);
    if (watch === undefined) this.#watched.set(id, { dueAtMs, pauseMs: firstLookMs });
    else if (watch.pauseMs > firstLookMs) {
      watch.pauseMs = firstLookMs;
      watch.dueAtMs = Math.min(watch.dueAtMs, dueAtMs);
    }
    this.#timer ??= this.#ports.clock.setTimeout(() => this.#look(), firstLookMs);
  }

  /** A question came to an actor that is, or was, here: does the last ask of the path wait for the first? `victim`: the ask to refuse, so far. */
  asked([, to, path, victim]: WaitsForFrame): void {
    const { place, find } = this.#ports;
    const [first, last] = [path[0], path.at(-1)];
    const actor = find(to);
    if (first === undefined || last === undefined || actor === undefined) return;
    const at = actor.holdsAsk(last[1], last[2]);
    if (at === undefined) return;
    const index = path.length - 1;
    const best = at === "waits" && (victim === null || victim === index || isBefore(last, path[victim])) ? index : victim;
    const isFirst = first[0] === to && first[1] === place;
    if (isFirst && at === "waits" && actor.waitsFor(first[2])) this.#found(path, best ?? index);
    // A concurrent message waits for nobody, and may ask on: through its actor a path may lead more than once.
    else if (at === "beside" || !path.some(([id, where]) => id === to && where === place))
      this.#follow(to, actor.openAsks(last[1], last[2]), path, best);
  }

  close(): void {
    this.#timer?.cancel();
    this.#watched.clear();
  }

  #look(): void {
    const { clock, find } = this.#ports;
    this.#timer = undefined;
    const nowMs = clock.now();
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const [id, watch] of [...this.#watched]) {
      if (watch.dueAtMs <= nowMs) {
        const open = find(id)?.openAsks() ?? [];
        if (open.length === 0) {
          this.#watched.delete(id);
          continue;
        }
        watch.pauseMs = Math.min(lastLookMs, 2 * watch.pauseMs);
        watch.dueAtMs = nowMs + watch.pauseMs;
        this.#follow(id, open, [], null);
      }
      nextAtMs = Math.min(nextAtMs, watch.dueAtMs);
    }
    if (this.#watched.size > 0) this.#timer ??= clock.setTimeout(() => this.#look(), Math.max(1, nextAtMs - nowMs));
  }

  /** Passes the question on to those that an actor of this place waits for. */
  #follow(id: ActorId, open: readonly number[], path: readonly AskStep[], victim: number | null): void {
    const { place, whereIs, send } = this.#ports;
    if (path.length >= pathSteps) return;
    for (const ask of open) {
      const next = whereIs(ask);
      if (next !== undefined) send(next.place, [FrameKind.waitsFor, next.to, [...path, [id, place, ask]], victim]);
    }
  }

  /** All who find this cycle refuse the same ask of it: it is refused where it waits. */
  #found(path: readonly AskStep[], victim: number): void {
    const { find, send } = this.#ports;
    const next = path[victim + 1];
    if (next !== undefined) {
      const turned = [...path.slice(victim + 1), ...path.slice(0, victim + 1)];
      send(next[1], [FrameKind.waitsFor, next[0], turned, turned.length - 1]);
      return;
    }
    const [last, to] = [path.at(-1), path[0]?.[0]];
    if (last === undefined || to === undefined) return;
    find(to)?.refuseCycle(last[1], last[2], [...path.map(([id]) => id), to]);
  }
}

/** An order of asks that all places have alike. */
function isBefore(a: AskStep, b: AskStep | undefined): boolean {
  if (b === undefined || a[0] !== b[0]) return b === undefined || a[0] < b[0];
  return a[1] === b[1] ? a[2] < b[2] : a[1] < b[1];
}
