/*
 * Where each actor was seen to run, in the order of a history: by what it handled, and by what nodes said of it.
 * Without it the judge could not tell whether the death of a node concerns an actor.
 */
import { nodeOf, threadOfPlace } from "@process-hub/protocol";
import type { HistoryEvent } from "../history.js";

/** From when on an actor was seen on a node. */
export interface Host {
  readonly atMs: number;
  readonly node: string;
  /** The thread, where the event says it. */
  readonly thread: number | undefined;
}

interface Replica {
  readonly node: string;
  readonly thread: number;
  readonly epoch: number;
}

/** What the events that tell of places say. */
interface Detail {
  readonly id: string;
  readonly ids: readonly string[];
  readonly to: string;
  readonly reason: string;
}

/** A move is said to have ended by who made it, up to so much after the next one of its actor. */
const lateMs = 100;

/** The places where each actor was seen, oldest first; one entry for each change of place. */
export function hostsById(events: readonly HistoryEvent[]): ReadonlyMap<string, readonly Host[]> {
  const hosts = new Map<string, Host[]>();
  const epochs = new Map<string, number>();
  /** Moves that were said to have ended where the actor had not been seen yet. */
  const early = new Map<string, { readonly atMs: number; readonly from: string; readonly to: string }>();
  const seen = (id: string, atMs: number, node: string, thread?: number): void => {
    const all = hosts.get(id);
    const last = all?.at(-1);
    if (last?.node === node && (thread === undefined || last.thread === thread)) return;
    if (all === undefined) hosts.set(id, [{ atMs, node, thread }]);
    else all.push({ atMs, node, thread });
  };
  /** When each move last began, by its actor and ways. */
  const began = new Map<string, number>();
  // A replica's epochs are its own.
  const several = events.some(({ kind }) => kind === "replicas");
  for (const event of events) {
    if (event.kind === "handling") {
      const { to } = event.message;
      seen(to, event.atMs, nodeOf(event.place), threadOfPlace(event.place));
      if (!several) epochs.set(to, Math.max(event.epoch, epochs.get(to) ?? 0));
    } else if (event.kind === "event") {
      const detail = event.detail as Detail;
      if (event.name === "childRestarted") seen(detail.id, event.atMs, event.node);
      else if (event.name === "childStopped") {
        // It may have come there without a word. The end of a duplicate says nothing of the actor.
        if (detail.reason !== "ended elsewhere") seen(detail.id, event.atMs, event.node);
      } else if (event.name === "childrenMoving") {
        for (const id of detail.ids) began.set(`${id} ${event.node} ${detail.to}`, event.atMs);
      } else if (event.name === "childrenMoved") {
        for (const id of detail.ids) {
          // Who says so late, when it has been there and has come back since, says where it was.
          const beganMs = began.get(`${id} ${event.node} ${detail.to}`) ?? event.atMs;
          const since = hosts.get(id)?.filter(({ atMs }) => atMs > beganMs) ?? [];
          if (since.at(-1)?.node !== detail.to && since.some(({ node }) => node === detail.to)) continue;
          // Who says so late, when it has been seen elsewhere since, says where it was.
          if ((hosts.get(id)?.at(-1)?.node ?? event.node) !== event.node) {
            early.set(id, { atMs: event.atMs, from: event.node, to: detail.to });
            continue;
          }
          if (detail.to !== event.node) epochs.set(id, (epochs.get(id) ?? 0) + 1);
          seen(id, event.atMs, detail.to);
          const next = early.get(id);
          if (next?.from === detail.to && event.atMs - next.atMs < lateMs) seen(id, event.atMs, next.to);
        }
      } else if (event.name === "childRegistered") {
        const { replicas } = event.detail as { readonly replicas: readonly Replica[] };
        const [first] = replicas;
        // What another node hears late says where it was.
        if (first === undefined || (first.node !== event.node && first.epoch < (epochs.get(detail.id) ?? 0))) continue;
        epochs.set(detail.id, first.epoch);
        seen(detail.id, event.atMs, first.node, first.thread);
      }
    }
  }
  return hosts;
}
