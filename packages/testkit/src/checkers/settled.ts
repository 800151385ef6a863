/*
 * Checks promise P5: at rest nothing waits, and no actor is between two phases.
 * Without it an ask that never settles, or a move that never ends, would go unnoticed.
 */
/** The asks, held messages and actors that the check reads, as a `Simulation` has them. */
export interface AtRest {
  readonly nodes: readonly {
    readonly name: string;
    readonly state: string;
    readonly hub: { stats(): { readonly asks: { readonly pending: number } } };
  }[];
  /** `held`: messages that wait for a route. */
  livingThreads(): readonly {
    readonly place: string;
    readonly asks: number;
    readonly held: number;
    /** Those of one actor, markers included. */
    mailFor?(id: string): number;
  }[];
  /** The nodes whose place another process of their name has taken, and that have not ended. Default: none. */
  readonly replacedAlive?: readonly { readonly node: string }[];
  /** The actors that may run on no present node: messages held for them wait as they should. Default: none. */
  waiting?(): readonly string[];
  cells(): readonly {
    readonly place: string;
    readonly cell: { readonly id: string; readonly phase: string; readonly runnable: boolean };
  }[];
}

/** P5: no ask waits for ever, no actor is left between two phases, nothing is held. */
export function checkSettled(sim: AtRest): string[] {
  const problems: string[] = [];
  for (const { name, hub, state } of sim.nodes) {
    const { pending } = hub.stats().asks;
    if (state === "up" && pending > 0) problems.push(`P5: ${pending} asks still wait on ${name}`);
  }
  for (const { node } of sim.replacedAlive ?? []) problems.push(`P11: a replaced ${node} has not ended`);
  const waiting = sim.waiting?.() ?? [];
  for (const thread of sim.livingThreads()) {
    const held = waiting.reduce((left, id) => left - (thread.mailFor?.(id) ?? 0), thread.held);
    if (thread.asks > 0) problems.push(`P5: ${thread.asks} asks still wait at ${thread.place}`);
    if (held > 0) problems.push(`P2: ${held} messages are still held at ${thread.place}`);
  }
  for (const { place, cell } of sim.cells()) {
    if (cell.phase !== "running") problems.push(`P5: ${cell.id} is still ${cell.phase} at ${place}`);
    if (cell.phase === "running" && cell.runnable)
      problems.push(`P5: ${cell.id} has messages to handle at ${place} and does not`);
  }
  return problems;
}
