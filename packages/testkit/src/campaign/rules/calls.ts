/*
 * Judges why starts, stops and moves failed: by the error, the actor and the moments.
 * Without it a call could be refused for something that was never so.
 */
import type { ErrorCode } from "@process-hub/protocol";
import { type Failed, hostsWithin, movesOf, paused, seenOn, someClosed, troubled, wasOnItsWay, wasPaused } from "./causes.js";
import type { LifeRecord } from "./record.js";

type Rule = (life: LifeRecord, call: Failed) => boolean;

/** Calls whose errors are judged. */
const judged: ReadonlySet<string> = new Set(["start", "stop", "move"]);

/** What a start, a stop or a move may fail with, and what must have happened then. Any other error is wrong. */
const rules: Partial<Record<ErrorCode, Rule>> = {
  AlreadyStarted: (life, call) => wasThere(life, call) || hadCompany(life, call) || anyTrouble(life, call),
  ActorNotFound: wasMissing,
  // Its thread says so before its node does.
  ActorStopped: (life, call) =>
    ended(life, { ...call, toMs: call.toMs + life.settings.newsMs }) ||
    endsSlowly(life, call) ||
    hadCompany(life, call) ||
    leftBehind(life, call),
  NodeDown: nodeGone,
  ThreadExited: nodeGone,
  AskTimeout: anyTrouble,
  Partitioned: paused,
  HandoffFailed: handoffFailed,
  StartFailed: startFailed,
  Locked: ({ chronicle }) => chronicle.nodes.some((node) => chronicle.firstName(node) !== node),
  HubClosed: (life, { fromMs, toMs }) => someClosed(life, fromMs, toMs),
};

/** Why a move says that it failed, and what must have happened then. */
const reasons: readonly (readonly [text: RegExp, rule: Rule])[] = [
  [
    /may not serve/,
    (life, call) => anyTrouble(life, call) || life.chronicle.nodes.some((node) => paused(life, named(call, node))),
  ],
  [/does not have the kind|there is no (up|down)grade/, cannotTake],
  [/(went|is) down/, nodeGone],
  [/as asked/, () => true],
  [/its limit/, overForwardings],
  [/drains/, drains],
  [
    /about to leave/,
    ({ chronicle }, { fromMs, toMs }) => chronicle.nodes.some((node) => chronicle.wasLeaving(node, fromMs, toMs)),
  ],
  [
    /not answer|no answer|did not end in time/,
    (life, call) => anyTrouble(life, call) || call.toMs - call.fromMs >= life.settings.handoffTimeoutMs,
  ],
  // Its handler, or its hook `stopping`, may take its time.
  [/is to end|ended|is stopping/, (life, call) => ended(life, { ...call, toMs: call.toMs + life.settings.handoffTimeoutMs })],
  [/is there already/, () => true],
  [/is being (re)?started/, (life, call) => hadCompany(life, call) || wasMissing(life, call) || wasOrphaned(life, call)],
  [
    /moved|moves|moving|loaded|sealed|sent|started|restarted|on its way|reserved|awaits/,
    (life, call) => hadCompany(life, call) || wasMoving(life, call) || hostPaused(life, call),
  ],
];

/** The starts, stops and moves that failed for nothing, in words. */
export function judgeCalls(life: LifeRecord): string[] {
  return life.outcomes.flatMap((call) => {
    if (!judged.has(call.kind) || call.failure === undefined) return [];
    const failed = { ...call, failure: call.failure };
    if (rules[failed.failure.code as ErrorCode]?.(life, failed) === true) return [];
    return [
      `${call.what}, failed at ${life.atMs(call.toMs)}: nothing explains ${failed.failure.code}: ${failed.failure.message}`,
    ];
  });
}

/** The node that it was to go to lacked the kind, or had it in another version than the node that it was on. */
function cannotTake(life: LifeRecord, { to = "", ids: [id = ""], failure, fromMs, toMs }: Failed): boolean {
  const nomads = (node: string, atMs: number): string =>
    life.chronicle.kindsOf(node, atMs).find((kind) => kind.startsWith("nomad")) ?? "";
  const there = [fromMs - life.settings.deathMs, toMs].map((atMs) => nomads(to, atMs));
  if (failure.message.includes("does not have the kind")) return there.includes("");
  const here = hostsWithin(life, id, fromMs, toMs).map((node) => nomads(node, fromMs));
  return here.some((kind) => there.some((other) => other !== kind));
}

/** Some node drained, was on its way out, paused, or had yet to begin to serve: it took no actors. */
function drains(life: LifeRecord, { fromMs, toMs }: Failed): boolean {
  const { chronicle, settings } = life;
  const isNew = (node: string): boolean => chronicle.opened(node, fromMs - settings.deathMs, toMs);
  if (chronicle.nodes.some((node) => isNew(node) || wasPaused(life, node, fromMs, toMs))) return true;
  return life.outcomes.some(({ kind, fromMs }) => (kind === "drain" || kind === "close") && fromMs <= toMs);
}

function named(call: Failed, node: string): Failed {
  return { ...call, failure: { ...call.failure, fields: { node } } };
}

/** Some node knew the actor while it was to be started, or learned of it just then. */
function wasThere({ chronicle, presence, settings }: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  if (chronicle.nodes.some((node) => presence.wasKnownTo(node, id, fromMs, toMs + settings.newsMs))) return true;
  // It was lost with its node, or ended for a swap, and is about to start again.
  const seen = chronicle.ofActor("childRegistered", id, 0, toMs).at(-1)?.atMs ?? -1;
  const end = chronicle.ofActor("childStopped", id, 0, fromMs).findLast(({ detail }) => detail.reason !== "shutdown");
  return seen > (end?.atMs ?? 0);
}

/** Some node did not know the actor, or it was moving, so that it was not where it was looked for. */
function wasMissing(life: LifeRecord, call: Failed): boolean {
  const { presence, chronicle } = life;
  const {
    ids: [id = ""],
    by = "",
    fromMs,
    toMs,
  } = call;
  return (
    presence.wasUnknownTo(by, id, fromMs, toMs) ||
    hadCompany(life, call) ||
    chronicle.ofActor("childUnregistered", id, fromMs, toMs).length > 0
  );
}

/** The actor ended meanwhile, or before the node that called had heard of it. */
function ended({ chronicle, settings }: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  const names = ["childStopped", "childUnregistered", "conflict"];
  return names.some((name) => chronicle.ofActor(name, id, fromMs - settings.newsMs, toMs).length > 0);
}

/** Its move ends at once, and its node says its end when the handler in hand, and `stopping`, have ended. */
function endsSlowly(life: LifeRecord, call: Failed): boolean {
  const isMove = call.failure.message.includes("before it could move");
  return isMove && ended(life, { ...call, toMs: call.toMs + life.settings.handoffTimeoutMs });
}

/** A move that had begun before was still under way. */
function wasMoving(life: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  return movesOf(life, id, fromMs, toMs).some(({ atMs }) => atMs < fromMs);
}

/** Its node paused meanwhile, and so had it end. */
function hostPaused(life: LifeRecord, { ids: [id = ""], fromMs, toMs }: Failed): boolean {
  return hostsWithin(life, id, fromMs, toMs).some((node) => wasPaused(life, node, fromMs, toMs));
}

/** Its host is on its way out and had told it to end, which waits for the handler in hand: the others forget it at once. */
function leftBehind(life: LifeRecord, call: Failed): boolean {
  const { chronicle, settings } = life;
  const {
    ids: [id = ""],
    fromMs,
    toMs,
  } = call;
  return chronicle
    .ofActor("childUnregistered", id, fromMs - settings.shutdownTimeoutMs, toMs)
    .some(({ node, atMs }) => chronicle.wasLeaving(node, atMs, atMs) && seenOn(life, call, node, atMs, atMs));
}

/** Its host, or the node that it was on its way to, was given up a while ago, and it waits to be started again, or to be known as ended. */
function wasOrphaned(life: LifeRecord, call: Failed): boolean {
  const since = call.fromMs - life.settings.deathMs;
  return life.chronicle.events("memberLeft", since, call.toMs).some(({ atMs, detail: { node, reason } }) => {
    const wasThere = seenOn(life, call, String(node), since, atMs);
    return reason === "down" && (wasThere || wasOnItsWay(life, call.ids[0] ?? "", String(node), since, atMs));
  });
}

/** A node or a thread was lost: the one that is named, where one is. */
function nodeGone(life: LifeRecord, { failure, by = "", fromMs, toMs }: Failed): boolean {
  const { chronicle, settings } = life;
  const since = fromMs - settings.deathMs;
  const { node } = failure.fields;
  const concerned = chronicle.nodes.filter((other) => typeof node !== "string" || other === node);
  if (chronicle.events("memberLeft", since, toMs).some(({ detail }) => concerned.includes(String(detail.node)))) return true;
  // Another process of its name has taken over, and it ends.
  if (chronicle.events("replaced", since, toMs).some((event) => concerned.includes(event.node))) return true;
  // Some node that was there had not met it when the call began, or when it ended.
  const unknown = (other: string): boolean =>
    other !== node &&
    chronicle.openings(other).some((atMs) => atMs <= toMs) &&
    [fromMs, toMs].some((atMs) => !chronicle.knows(other, String(node), atMs));
  const isNew = chronicle.opened(String(node), since, toMs);
  if (failure.message.includes("not a member") && (isNew || chronicle.nodes.some(unknown))) return true;
  return concerned.some((other) => troubled(life, other, by, since, toMs));
}

/** Some node was in trouble, since a call may go by way of any. */
function anyTrouble(life: LifeRecord, { by = "", fromMs, toMs }: Failed): boolean {
  const since = fromMs - life.settings.deathMs;
  return life.chronicle.nodes.some((node) => troubled(life, node, by, since, toMs));
}

/** Another call, a restart or a move concerned the actor at the same time. */
function hadCompany(
  { calls: outcomes, chronicle, settings }: LifeRecord,
  { ids: [id = ""], what, fromMs, toMs }: Failed,
): boolean {
  const since = fromMs - settings.newsMs;
  if (
    outcomes.some(
      (other) =>
        other.kind !== "ask" && other.what !== what && other.ids.includes(id) && other.fromMs <= toMs && other.toMs >= since,
    )
  )
    return true;
  if (outcomes.some(({ kind, ...other }) => kind === "drain" && other.fromMs <= toMs && other.toMs >= since)) return true;
  if (chronicle.ofActor("childRestarted", id, since, toMs + settings.handoffTimeoutMs).length > 0) return true;
  const starts = ["startFailing", "childRegistered"];
  if (starts.some((name) => chronicle.ofActor(name, id, since, toMs + settings.handoffTimeoutMs).length > 0)) return true;
  const moves = chronicle.events("childrenMoved", since, toMs + settings.handoffTimeoutMs);
  return moves.some(({ detail }) => (detail.ids as readonly string[]).includes(id));
}

/** As many actors had begun to leave their threads as a limit lets one forward for, and the call waited for room as long as a step may take. */
function overForwardings({ chronicle, settings }: LifeRecord, { fromMs, toMs }: Failed): boolean {
  // A clock may be fast by a hundredth.
  if (toMs - fromMs < settings.handoffTimeoutMs * 0.98) return false;
  const moves = chronicle.events("childrenMoving", 0, toMs);
  const begun = moves.reduce((sum, { detail }) => sum + (detail.ids as readonly string[]).length, 0);
  // An actor that has a fresh epoch after a pause, or after it met a duplicate, has an entry for the old one as well.
  return begun >= settings.forwardings || chronicle.mayOverlap || chronicle.events("partitionChanged", 0, toMs).length > 0;
}

function handoffFailed(life: LifeRecord, call: Failed): boolean {
  return reasons.some(([text, rule]) => text.test(call.failure.message) && rule(life, call));
}

/** Its `init` could not succeed just then; or its start was stopped, its thread or node was lost, or no node was there to run it. */
export function startFailed(life: LifeRecord, call: Failed): boolean {
  if (/store is away|init/.test(call.failure.message)) return life.chronicle.startTroubles.some((atMs) => atMs <= call.toMs);
  return ended(life, call) || hadCompany(life, call) || anyTrouble(life, call) || hadNoNode(life, call);
}

/** It may run on named nodes only, and each of these has drained, or did not serve, or was no member for the caller's. */
function hadNoNode(life: LifeRecord, { by = "", failure, fromMs, toMs }: Failed): boolean {
  const named = /it may run on (.*) only/.exec(failure.message)?.[1]?.split(", ") ?? [];
  const hasDrained = (node: string): boolean =>
    life.calls.some((call) => (call.kind === "drain" || call.kind === "close") && call.by === node && call.fromMs <= toMs);
  const isAway = (node: string): boolean =>
    hasDrained(node) || wasPaused(life, node, fromMs, toMs) || (node !== by && !life.chronicle.knows(by, node, toMs));
  return named.length > 0 && named.every(isAway);
}
