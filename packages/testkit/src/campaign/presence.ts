/*
 * When each node knew an actor, and when it did not.
 * Without it the judge could not tell whether a caller was right to hear that there is no such actor.
 */
import type { Chronicle } from "./chronicle.js";

interface Change {
  readonly atMs: number;
  readonly known: boolean;
}

/** What each node knew of each actor in the course of a life. */
export class Presence {
  /** By actor, then by node; oldest first. */
  readonly #changes = new Map<string, Map<string, Change[]>>();

  constructor(chronicle: Chronicle) {
    for (const [name, known] of [["childRegistered", true] as const, ["childUnregistered", false] as const]) {
      for (const { atMs, node, detail, replaced } of chronicle.events(name))
        if (replaced !== true) this.#note(String(detail.id), node, { atMs, known });
    }
    for (const nodes of this.#changes.values()) {
      for (const [node, changes] of nodes) {
        // A new life of a node begins without any knowledge.
        for (const atMs of chronicle.openings(node)) changes.unshift({ atMs, known: false });
        changes.sort((a, b) => a.atMs - b.atMs);
      }
    }
  }

  /** True when a node knew the actor at some moment of a stretch of time. */
  wasKnownTo(node: string, id: string, fromMs: number, toMs: number): boolean {
    return this.#within(node, id, fromMs, toMs).some(({ known }) => known);
  }

  /** True when a node did not know the actor at some moment of a stretch of time. */
  wasUnknownTo(node: string, id: string, fromMs: number, toMs: number): boolean {
    const within = this.#within(node, id, fromMs, toMs);
    return within[0] === undefined || within[0].atMs > fromMs || within.some(({ known }) => !known);
  }

  /** The changes in a stretch of time, and the last one before it. */
  #within(node: string, id: string, fromMs: number, toMs: number): readonly Change[] {
    const all = this.#changes.get(id)?.get(node) ?? [];
    const first = all.findLastIndex(({ atMs }) => atMs <= fromMs);
    return all.slice(Math.max(0, first)).filter(({ atMs }) => atMs <= toMs);
  }

  #note(id: string, node: string, change: Change): void {
    const nodes = this.#changes.get(id) ?? new Map<string, Change[]>();
    this.#changes.set(id, nodes);
    const changes = nodes.get(node);
    if (changes === undefined) nodes.set(node, [change]);
    else changes.push(change);
  }
}
