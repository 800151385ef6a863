/*
 * Judges `hub.stats()` at rest by the history.
 * Without it an operator could be shown figures that nothing makes wrong but the hub itself.
 */
import { nodeOf } from "@process-hub/protocol";
import type { LifeRecord } from "./record.js";

/** The streams of the campaign's actors. */
const streamNames: ReadonlySet<string> = new Set(["flow", "dry"]);

/** The figures of one node, all its lives together. */
export interface NodeFigures {
  readonly node: string;
  readonly sent: number;
  readonly handled: number;
  readonly asks: number;
  readonly restarts: number;
  readonly statesLost: number;
  readonly movedOut: number;
  readonly movedIn: number;
}

/** Each figure is what the history says. */
export function judgeFigures(life: LifeRecord, figures: readonly NodeFigures[]): string[] {
  const { chronicle } = life;
  const counted = new Map<string, { sent: number; handled: number; asks: number; actors: Set<string> }>();
  for (const { node } of figures) counted.set(node, { sent: 0, handled: 0, asks: 0, actors: new Set() });
  for (const event of life.events) {
    if (event.kind !== "made" && event.kind !== "handling") continue;
    const one = counted.get(chronicle.firstName(nodeOf(event.place)));
    if (one === undefined) continue;
    if (event.kind === "handling") {
      one.handled++;
      one.actors.add(event.message.to);
    } else {
      one.sent++;
      if (event.ask) one.asks++;
    }
  }
  const problems: string[] = [];
  // Under another name the figures of a node begin anew.
  const same = figures.filter(({ node }) => !chronicle.wasRenamed(node));
  for (const { node, sent, handled, asks, restarts, statesLost } of same) {
    const history = counted.get(node);
    const told = (name: string): number =>
      chronicle.events(name).filter((event) => chronicle.firstName(event.node) === node).length;
    const differ = (name: string, said: number, seen = 0): void => {
      problems.push(`hub.stats() of ${node}: ${said} ${name}, and the history has ${seen}`);
    };
    if (sent !== history?.sent) differ("messages sent", sent, history?.sent);
    if (asks !== history?.asks) differ("asks made", asks, history?.asks);
    if (restarts !== told("childRestarted")) differ("restarts", restarts, told("childRestarted"));
    if (statesLost !== told("stateLost")) differ("lost states", statesLost, told("stateLost"));
    // What was in hand when its place died, or its actor was ended by force, was not handled to its end.
    const seen = history?.handled ?? 0;
    // A replica ends with its node without a word of its own.
    const replicas =
      chronicle.several && chronicle.wasLeaving(node, 0, Number.POSITIVE_INFINITY) ? (history?.actors.size ?? 0) : 0;
    // One that is not planned here any more neither: what it had in hand is a dead letter.
    const cutOff = chronicle
      .events("deadLetter")
      .filter((event) => chronicle.firstName(event.node) === node)
      .filter(({ detail }) => (detail as { readonly reason: string }).reason === "OutcomeUnknown").length;
    const ends = told("childUnregistered") + replicas + (chronicle.several ? cutOff : 0);
    if (handled > seen || (!chronicle.died(node) && seen - handled > ends + besideOthers(life, node)))
      differ("messages handled", handled, seen);
  }
  if (same.length < figures.length) return problems;
  const out = figures.reduce((sum, { movedOut }) => sum + movedOut, 0);
  const into = figures.reduce((sum, { movedIn }) => sum + movedIn, 0);
  // What had been let go towards a node that died, slept, paused or was cut off may never have come.
  const mayBeLost =
    chronicle.mayOverlap || chronicle.events("partitionChanged").length > 0 || figures.some(({ node }) => chronicle.died(node));
  if (mayBeLost ? out < into : out !== into) problems.push(`hub.stats(): ${out} actors left a thread, and ${into} came to one`);
  return problems;
}

/** How many streams and concurrent messages a node handled for actors that ended or began anew there: those in hand were cut off. */
function besideOthers({ events, chronicle }: LifeRecord, node: string): number {
  const isOver = (id: string): boolean =>
    ["childRestarted", "childUnregistered"].some((name) =>
      chronicle.ofActor(name, id).some((event) => chronicle.firstName(event.node) === node),
    );
  return events.filter(
    (event) =>
      event.kind === "handling" &&
      (event.concurrent === true || streamNames.has(event.message.name)) &&
      chronicle.firstName(nodeOf(event.place)) === node &&
      isOver(event.message.to),
  ).length;
}
