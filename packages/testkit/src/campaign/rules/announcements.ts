/*
 * Judges what nomads say of themselves: where they begin and go on, for which reason, and with which state.
 * Without it an actor could move and not hear of it, hear of a move twice, or begin anew where its state was to go with it.
 */
import { gather, nodeOf, threadOfPlace } from "@process-hub/protocol";
import type { HistoryEvent } from "../../history.js";
import type { NodeEvent } from "../chronicle.js";
import type { Announcement, NomadSheet } from "../world.js";
import type { LifeRecord } from "./record.js";
import { lostItsPlace } from "./restarts.js";

interface Announced extends NomadSheet {
  readonly id: string;
  readonly why: Announcement;
  readonly node: string;
  readonly thread: number;
  readonly epoch: number;
  readonly atMs: number;
}

/** What a nomad did at one place, from when it said that it is there. */
interface Stay {
  readonly since: Announced;
  sheet: NomadSheet;
}

type Message = Extract<HistoryEvent, { readonly kind: "handling" }>;

/**
 * A nomad says once, before it handles anything at a place, that it is there: for a move that a node told of, for the
 * loss of the place where it was, or since it begins with `init`. A state that moves arrives as it left; who had handled messages begins anew only when its end, its restart or the
 * loss of its state was told.
 */
export function judgeAnnouncements(life: LifeRecord): string[] {
  const problems: string[] = [];
  const stays = new Map<string, Stay[]>();
  const told = new Set<string>();
  const used = new Set<string>();
  for (const event of life.events) {
    if (event.kind === "event" && event.name === "announced") {
      const one = { ...(event.detail as Omit<Announced, "node" | "atMs">), node: event.node, atMs: event.atMs };
      const problem = problemOf(life, one, stays.get(one.id) ?? [], told, used);
      if (problem !== undefined) problems.push(`${wordsOf(life, one)}: ${problem}`);
      gather(stays, one.id, { since: one, sheet: one });
    } else if (event.kind === "handling" && event.message.to.startsWith("nomad-")) {
      const stay = stayOf(life, event, stays.get(event.message.to) ?? []);
      if (stay !== undefined) stay.sheet = handled(stay.sheet, event);
      else
        problems.push(
          `${event.message.to} handles ${event.message.name} at ${event.place} at ${life.atMs(event.atMs)}, and had not heard that it is there`,
        );
    }
  }
  return problems;
}

function problemOf(
  life: LifeRecord,
  one: Announced,
  stays: readonly Stay[],
  told: Set<string>,
  used: Set<string>,
): string | undefined {
  const { id, why, node, thread, epoch } = one;
  if (why === "begun") return isAnew(life, one, stays) ? undefined : "it had a state, and nothing told ends or loses that";
  const key = [id, why, node, thread, epoch].join(" ");
  if (told.has(key)) return "it has heard that already";
  told.add(key);
  if (why === "takeOver") return wasTakenOver(life, one) ? undefined : "its place was not lost";
  if (!wasMoved(life, one, used)) return "no node moved it there";
  // Of two duplicates either may be the one that moves.
  const sources = life.chronicle.mayOverlap ? stays : stays.slice(-1);
  const isWhole = sources.some(({ sheet }) => sheet.count === one.count && sheet.sum === one.sum);
  if (isWhole) return undefined;
  const { count, sum } = sources.at(-1)?.sheet ?? { count: 0, sum: 0 };
  return `P4: it comes with ${one.count} messages in its state (${one.sum}), and left with ${count} (${sum})`;
}

/** A node told of a move there; each such word explains one arrival. */
function wasMoved({ chronicle }: LifeRecord, { id, node, atMs }: Announced, used: Set<string>): boolean {
  const move = chronicle
    .events("childrenMoving", 0, atMs)
    .find(
      (event) => event.detail.to === node && (event.detail.ids as readonly string[]).includes(id) && !used.has(keyOf(event, id)),
    );
  if (move !== undefined) used.add(keyOf(move, id));
  return move !== undefined;
}

/** Its place was lost, or it was swapped: it goes on from the state of a replica. */
function wasTakenOver(life: LifeRecord, { id, node, atMs }: Announced): boolean {
  return lostItsPlace(life, { name: "announced", node, atMs, detail: { id } });
}

/** One word of a node may be about several actors. */
function keyOf({ name, node, atMs }: NodeEvent, id: string): string {
  return [name, node, atMs, id].join(" ");
}

/** It had handled nothing; or its end was told since, its restart from `init`, or the loss of its state. */
function isAnew({ chronicle, settings }: LifeRecord, { id, node, atMs }: Announced, stays: readonly Stay[]): boolean {
  const last = stays.at(-1);
  if (last === undefined || last.sheet.count === 0) return true;
  const { since } = last;
  const untilMs = atMs + settings.handoffTimeoutMs;
  // A duplicate: its node could not see the other one, as it began or when its start was asked for.
  const unseenMs = since.atMs - settings.deathMs;
  const isUnseen =
    chronicle.wasCut(node, since.node, unseenMs, atMs) || [node, since.node].some((one) => chronicle.slept(one, unseenMs, atMs));
  if (isUnseen) return true;
  if (chronicle.ofActor("childStopped", id, since.atMs, atMs).length > 0) return true;
  return ["stateLost", "childRestarted"].some((name) =>
    chronicle.ofActor(name, id, since.atMs, untilMs).some(({ detail }) => detail.from === "init"),
  );
}

/** What it said last, where no duplicate of it may run; else what it said last where it is. */
function stayOf({ chronicle }: LifeRecord, { place, epoch }: Message, stays: readonly Stay[]): Stay | undefined {
  const [node, thread] = [nodeOf(place), threadOfPlace(place)];
  const isThere = ({ since }: Stay): boolean => since.node === node && since.thread === thread && since.epoch <= epoch;
  if (chronicle.mayOverlap) return stays.findLast(isThere);
  const last = stays.at(-1);
  return last !== undefined && isThere(last) ? last : undefined;
}

function handled({ count, sum }: NomadSheet, { message: { name, input } }: Message): NomadSheet {
  if (name === "retire") return { count, sum };
  const { n } = input as { readonly n: number };
  return { count: count + 1, sum: name === "note" ? (Math.imul(sum, 31) + n) | 0 : sum };
}

function wordsOf(life: LifeRecord, { id, why, node, thread, epoch, atMs }: Announced): string {
  const what = why === "begun" ? "begins" : `goes on (${why})`;
  return `${id} ${what} on ${node}/${thread} at ${life.atMs(atMs)}, epoch ${epoch}`;
}
