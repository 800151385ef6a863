/*
 * Judges where actors are at rest that not all nodes can run: those of which each node has one, and those that wait for a node.
 * Without it a node could lack its own actor, or an actor wait for a node that has been there for long.
 */
import type { LifeRecord } from "./record.js";

/** What of a life at rest concerns the builds of its nodes. */
export interface BuildsAtRest {
  /** The nodes that are up. */
  readonly up: readonly string[];
  /** The node actors that run, and where. */
  readonly wardens: readonly { readonly id: string; readonly node: string }[];
  /** The actors that wait for a node which can run them. */
  readonly waiting: readonly string[];
}

/** Each node that lists the warden comes up with its own, one; and no nomad waits while a node is there that could run it. */
export function judgeBuilds(life: LifeRecord, { up, wardens, waiting }: BuildsAtRest): string[] {
  const { chronicle } = life;
  const kinds = (node: string): readonly string[] => chronicle.kindsOf(node, Number.POSITIVE_INFINITY);
  const problems = life.outcomes.flatMap(({ kind, what, failure }) =>
    kind === "open" && failure?.code === "StartFailed" ? [`${what}: ${failure.message}`] : [],
  );
  const strays = wardens.flatMap(({ id, node }) =>
    id === `warden@${node}` && kinds(node).includes("warden") ? [] : [`${id} runs on ${node}, where it does not belong`],
  );
  problems.push(...strays);
  for (const node of up) {
    const own = wardens.filter((one) => one.node === node).length;
    // A drain by force ends it, as all that is left.
    const least = hasDrained(life, node) ? 0 : 1;
    if (kinds(node).includes("warden") && (own > 1 || own < least))
      problems.push(`${node} has ${own} wardens of its own at rest`);
  }
  const nomads = (node: string): readonly string[] => kinds(node).filter((kind) => kind.startsWith("nomad"));
  const able = up.filter((node) => !hasDrained(life, node)).flatMap(nomads);
  // A state of the second version that nobody can bring back waits for the node that has it, while that drains.
  const isKept = !able.some((kind) => kind.startsWith("nomad:2")) && up.flatMap(nomads).includes("nomad:2-only");
  for (const id of waiting) {
    if (id.startsWith("nomad-") && able.length > 0 && !isKept)
      problems.push(`${id} waits at rest for a node that can run it, and there are ${able.length}`);
  }
  return problems;
}

/** It takes no actors in the life that it has now. */
function hasDrained({ calls, chronicle }: LifeRecord, node: string): boolean {
  const openedMs = chronicle.openings(node).at(-1) ?? 0;
  return calls.some(({ kind, by, fromMs }) => kind === "drain" && by === node && fromMs >= openedMs);
}
