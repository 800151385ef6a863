/*
 * Checks promise P2: every message has one fate.
 * Without it a message could vanish, or be counted twice, unseen.
 */
import { nodeOf, threadOfPlace } from "@process-hub/protocol";
import type { HistoryEvent } from "../history.js";

/** The counters that the check reads, as a `Simulation` has them. */
export interface Accounts {
  readonly history: { readonly events: readonly HistoryEvent[] };
  /** How many messages wait for actors that may run on no present node. Default: none. */
  held?(): number;
  everyHub(): readonly {
    readonly hub: {
      stats(): { readonly messages: Readonly<Record<"sent" | "handled" | "refused" | "expired" | "deadLettered", number>> };
    };
  }[];
}

/**
 * P2, one fate per message: each sent message is handled, refused, expired or dead-lettered, by the counters of all hubs, dead threads
 * included, or is held for an actor that waits for its node (`held`). A crashed node's held messages are lost with its counters: then fewer
 * may be accounted for, never more. So it is where two threads of a node died, with as many as the first had sent. A node that takes another
 * name begins to count anew: nothing is known then.
 */
export function checkConservation(sim: Accounts): string[] {
  if (sim.history.events.some((event) => event.kind === "fault" && /^rename/.test(event.what))) return [];
  const total = { sent: 0, ended: sim.held?.() ?? 0 };
  for (const { hub } of sim.everyHub()) {
    const { sent, handled, refused, expired, deadLettered } = hub.stats().messages;
    total.sent += sent;
    total.ended += handled + refused + expired + deadLettered;
  }
  // A broken link cannot know whether unacknowledged messages had arrived: they may have been handled as well.
  const doubtful = sim.history.events.reduce((sum, event) => sum + doubt(event), 0);
  const crashed = sim.history.events.some((event) => event.kind === "fault" && /^crash/.test(event.what));
  if (total.ended - doubtful > total.sent)
    return [`P2: ${total.sent} messages were sent and ${total.ended} ended (${doubtful} in doubt)`];
  if (total.ended + betweenDead(sim.history.events) < total.sent && !crashed)
    return [`P2: ${total.sent} messages were sent and only ${total.ended} ended`];
  return [];
}

/**
 * How many messages may be missing between dead threads: what one had sent to another of its node that died later counts among all that the
 * later one received, and hides as many that were on their way there.
 */
function betweenDead(events: readonly HistoryEvent[]): number {
  const kills = events.flatMap((event, index) => {
    const [, thread, node] = (event.kind === "fault" && /^kill thread (\d+) of (.+)$/.exec(event.what)) || [];
    return node === undefined ? [] : [{ node, thread: Number(thread), index }];
  });
  return kills.reduce((sum, { node, thread, index }) => {
    if (!kills.some((later) => later.node === node && later.thread !== thread && later.index > index)) return sum;
    const isOfIt = (event: HistoryEvent): boolean =>
      event.kind === "made" && nodeOf(event.place) === node && threadOfPlace(event.place) === thread;
    return sum + events.slice(0, index).filter(isOfIt).length;
  }, 0);
}

function doubt(event: HistoryEvent): number {
  if (event.kind !== "event" || event.name !== "deadLetter") return 0;
  const { reason, count } = event.detail as { readonly reason: string; readonly count: number };
  return reason === "NodeDown" ? count : 0;
}
