/*
 * Judges why each ask failed: by its error, its actor and its moments.
 * Without it an ask could fail though its actor ran all the time, and the life would only count it.
 */
import type { ErrorCode } from "@process-hub/protocol";
import type { Host } from "../hosts.js";
import type { Outcome } from "../outcomes.js";
import { startFailed } from "./calls.js";
import { type Failed, hostsWithin, paused, seenOn, someClosed, troubled, wasOnItsWay, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";
import { askTimedOut } from "./slowness.js";

const isGuest = ({ ids: [id] }: Failed): boolean => id?.startsWith("guest-") === true;

type Rule = (life: LifeRecord, ask: Failed) => boolean;

/** What an ask may fail with, and what must have happened then. Any other error of an ask is wrong. */
const rules: Partial<Record<ErrorCode, Rule>> = {
  NodeDown: nodeDown,
  ThreadExited: threadExited,
  ActorStopped: actorStopped,
  ActorCrashed: actorCrashed,
  // A guest is started for whoever asks it.
  ActorNotFound: (life, ask) => !isGuest(ask) && actorNotFound(life, ask),
  StartFailed: (life, ask) => isGuest(ask) && startFailed(life, ask),
  AskTimeout: askTimedOut,
  MailboxFull: mailboxFull,
  Partitioned: (life, ask) => paused(life, ask) || cutOff(life, ask),
  // The asker's, or the one where it waited for its actor.
  HubClosed: (life, { fromMs, toMs }) => someClosed(life, fromMs, toMs),
  // The node where it may have been handled does not serve, or is lost; or its actor was stopped by force while it handled it.
  OutcomeUnknown: (life, ask) => paused(life, ask) || nodeDown(life, ask) || (inHandAtTheEnd(ask) && hasEnded(life, ask)),
};

/** The asks that failed for nothing, in words. */
export function judgeAsks(life: LifeRecord): string[] {
  return life.outcomes.flatMap((call: Outcome) => {
    if (call.kind !== "ask" || call.failure === undefined) return [];
    const ask = { ...call, failure: call.failure };
    if (isExplained(life, ask)) return [];
    return [
      `P5: ${ask.what}, failed at ${life.atMs(ask.toMs)}: nothing that happened explains ${ask.failure.code}: ${ask.failure.message}`,
    ];
  });
}

/** True when something that happened explains why an ask failed. */
export function isExplained(life: LifeRecord, ask: Failed): boolean {
  return rules[ask.failure.code as ErrorCode]?.(life, ask) === true;
}

/** Later messages of its sender had gone another way, since a node where its actor was, or the asker's, paused. */
function cutOff(life: LifeRecord, { by = "", ids: [id = ""], fromMs, toMs, failure }: Failed): boolean {
  if (!failure.message.includes("was cut off")) return false;
  const since = fromMs - life.settings.deathMs;
  return [by, ...hostsWithin(life, id, since, toMs)].some((node) => wasPaused(life, node, since, toMs));
}

/** The asker's node crashed; or it gave up the node that the error names while the ask waited, and its actor was there or on its way there. */
function nodeDown(life: LifeRecord, ask: Failed): boolean {
  const { chronicle, settings } = life;
  const {
    by = "",
    ids: [id = ""],
    fromMs,
    toMs,
  } = ask;
  const node = String(ask.failure.fields.node);
  if (node === by) return chronicle.wasDown(by, fromMs, toMs);
  // A node that leaves in order takes no ask along, unless its answers did not arrive, or the ask was lost with a thread of it.
  const inTrouble =
    chronicle.wasCut(by, node, fromMs, toMs) ||
    chronicle.slept(node, fromMs, toMs) ||
    chronicle.slept(by, fromMs, toMs) ||
    chronicle.kills.some((one) => one.node === node && one.atMs >= fromMs && one.atMs <= toMs);
  const gone = chronicle.events("memberLeft", fromMs, toMs).filter((event) => event.node === by && event.detail.node === node);
  if (chronicle.events("replaced", fromMs - settings.deathMs, toMs).some((event) => event.node === node)) return true;
  if (!gone.some(({ detail }) => detail.reason === "down" || inTrouble)) return false;
  // It took the actor for one of that node's.
  const wentWith = (atMs: number): boolean =>
    chronicle.ofActor("childUnregistered", id, atMs - 1, atMs + 1).some((event) => event.node === by);
  if (gone.some(({ atMs }) => wentWith(atMs))) return true;
  return seenOn(life, ask, node, fromMs - settings.deathMs, toMs) || wasOnItsWay(life, id, node, fromMs - settings.deathMs, toMs);
}

/** The thread that the error names died while the ask waited, or its node had yet to say so, and its actor was there or on its way there. */
function threadExited(life: LifeRecord, ask: Failed): boolean {
  const { node, thread } = ask.failure.fields;
  const {
    by = "",
    ids: [id = ""],
    fromMs,
    toMs,
  } = ask;
  const { newsMs } = life.settings;
  if (endedBlocked(life, ask)) return true;
  return life.chronicle.kills.some(({ node: killed, thread: index, atMs }) => {
    // An asker that was cut off before it could hear of the thread's death does not hear of that before the cut is over.
    const cutMs = life.chronicle.cutSinceMs(by, killed, fromMs) ?? Number.POSITIVE_INFINITY;
    const isUnheard = cutMs <= atMs + newsMs || [atMs, fromMs].every((oneMs) => life.chronicle.wasCut(by, killed, oneMs, oneMs));
    const beganMs = isUnheard ? Math.min(atMs, fromMs) : fromMs;
    if (killed !== node || index !== thread || atMs < beganMs - newsMs || atMs > toMs) return false;
    // Where several replicas serve, the places of those beside the actor are not known.
    if (life.chronicle.several) return true;
    // An asker that is cut off has not heard since then that the actor has left.
    const isCut = life.chronicle.wasCut(by, killed, fromMs, toMs);
    const heardMs = isCut ? (life.chronicle.cutSinceMs(by, killed, beganMs) ?? beganMs) : atMs;
    return seenOn(life, ask, killed, heardMs - newsMs, atMs + newsMs) || wasOnItsWay(life, id, killed, atMs, atMs);
  });
}

/** Its node closed while the ask waited, by a leave or because another process had taken its name; and its thread was blocked, so it had no part in that. */
function endedBlocked(life: LifeRecord, ask: Failed): boolean {
  const { chronicle, settings } = life;
  const { fromMs, toMs, failure } = ask;
  if (!failure.message.includes("did not answer when its node closed")) return false;
  const node = String(failure.fields.node);
  const closes =
    chronicle.wasLeaving(node, fromMs, toMs) || chronicle.events("replaced", fromMs, toMs).some((event) => event.node === node);
  const since = fromMs - settings.deliveryMs;
  const wasThere = seenOn(life, ask, node, since, toMs) || wasOnItsWay(life, ask.ids[0] ?? "", node, since, toMs);
  return closes && chronicle.wasBlocked(node, fromMs, toMs) && wasThere;
}

/** It ended, paused or stopped to go on elsewhere while the ask waited. */
function hasEnded({ chronicle, settings }: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  // What was sent to it as it ended may have looked for it in vain for a while.
  const since = fromMs - settings.deliveryMs;
  return ["childStopped", "childUnregistered", "conflict"].some((name) => chronicle.ofActor(name, id, since, toMs).length > 0);
}

/** It was handled, or in hand, and what came of it had not left when its actor ended. */
function inHandAtTheEnd({ failure }: Failed): boolean {
  return /stopped by force|before its standbys had the state/.test(failure.message);
}

/** A replica of it that serves had it stop: that one ends at once, the actor when its own node comes to it. */
function stoppedItself({ chronicle, events, settings }: LifeRecord, { ids: [id], fromMs, toMs, failure }: Failed): boolean {
  if (!chronicle.several || !failure.message.includes("(as asked)")) return false;
  return events.some(
    (event) =>
      event.kind === "handling" &&
      event.message.name === "retire" &&
      event.message.to === id &&
      event.atMs >= fromMs - settings.deliveryMs &&
      event.atMs <= toMs,
  );
}

/** It has ended; a replica of it had it end; or a place on the way was lost, and later messages had gone another way. */
function actorStopped(life: LifeRecord, ask: Failed): boolean {
  const { chronicle, settings } = life;
  const {
    by = "",
    ids: [id = ""],
    fromMs,
    toMs,
    failure,
  } = ask;
  const since = fromMs - settings.deliveryMs;
  if (hasEnded(life, ask) || stoppedItself(life, ask)) return true;
  if (!failure.message.includes("goes on elsewhere")) return false;
  const long = fromMs - settings.deliveryMs;
  if (chronicle.events("memberLeft", long, toMs).length > 0) return true;
  if (chronicle.kills.some((kill) => kill.atMs >= long && kill.atMs <= toMs)) return true;
  const hosts = hostsWithin(life, id, since, toMs);
  return hosts.some((node) => troubled(life, node, by, since, toMs) || wasPaused(life, node, since, toMs));
}

/** It crashed while the ask was in its mailbox or on its way there, and was not to go on. */
function actorCrashed({ chronicle, settings: { newsMs } }: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  return chronicle.ofActor("childStopped", id, fromMs - newsMs, toMs + newsMs).some(({ detail }) => detail.reason === "crashed");
}

/**
 * At some moment of the ask neither the asker's node knew it, nor the node where it was last as far as the asker's node could hear, unless that
 * was no member for the asker's.
 */
function actorNotFound(
  { chronicle, presence, hosts, settings }: LifeRecord,
  { by = "", ids: [id = ""], fromMs, toMs }: Failed,
): boolean {
  const since = fromMs - settings.newsMs;
  if (!presence.wasUnknownTo(by, id, fromMs, toMs)) return false;
  const isUnheard = ({ node, atMs }: Host): boolean => {
    const cutMs = chronicle.cutSinceMs(by, node, Math.max(since, atMs));
    if (cutMs !== undefined && cutMs <= atMs) return true;
    // After a cut a link waits before it tries again, and news waits behind what was lost.
    const waitMs = 2 * settings.linkRetryMs;
    return toMs - atMs < waitMs && chronicle.nodes.some((other) => chronicle.wasCut(other, node, atMs - waitMs, atMs));
  };
  const last = (hosts.get(id) ?? []).findLast((host) => host.atMs <= toMs && !isUnheard(host));
  if (last === undefined || presence.wasUnknownTo(last.node, id, since, toMs)) return true;
  // The word of it died with that node, which the asker's still takes for a member.
  if (chronicle.wasDown(last.node, last.atMs, last.atMs + settings.newsMs)) return true;
  return !chronicle.knows(by, last.node, toMs) || chronicle.wasLeaving(last.node, since, toMs);
}

/** As many messages waited for the actor, or on the way from the asker's node, as a limit lets wait, at some moment of the ask. */
function mailboxFull({ events, settings }: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  let open = 0;
  let all = 0;
  for (const event of events) {
    if (event.atMs > toMs) break;
    if (event.kind !== "made" && event.kind !== "handling") continue;
    const step = event.kind === "made" ? 1 : -1;
    all += step;
    // Two duplicates may both have handled what was sent once.
    if (event.message.to === id) open = Math.max(0, open + step);
    if (event.atMs >= fromMs && (open >= settings.mailbox || all >= settings.linkLetters)) return true;
  }
  return false;
}
