/*
 * Measures a mass move of actors between two nodes.
 * Without it a change that makes moves slower, or their pauses longer, would go unnoticed.
 */
import { child, createHub, memoryNetwork } from "process-hub";
import { Echo } from "./echo.actor.js";

/** The figures of a mass move. */
export interface MoveFigures {
  readonly movesPerSecond: number;
  readonly longestPauseMs: number;
}

/** Moves small actors from one node to another of the same process, and asks each afterwards. */
export async function measureMoves(count: number): Promise<MoveFigures> {
  const network = memoryNetwork();
  const node = (name: string) =>
    createHub({ id: "bench-moves", node: name, threads: 1, actors: [Echo], transport: network.transport() });
  const from = await node("from");
  const to = await node("to");
  try {
    const ids = Array.from({ length: count }, (_, i) => `actor-${i}`);
    await from.startChildren(ids.map((id) => child(Echo, { id, nodes: ["from"] })));
    const fromMs = performance.now();
    const { moved, errors } = await from.moveAll(ids, { node: "to" });
    const movesPerSecond = (count / (performance.now() - fromMs)) * 1_000;
    if (errors[0] !== undefined) throw errors[0].error;
    if (moved.length !== count || to.list("local").length !== count) throw new Error(`${moved.length} of ${count} moved`);
    const answers = await Promise.all(ids.map((id, n) => from.ref(Echo, id).ask("echo", { n })));
    if (answers.some((answer, n) => answer !== n)) throw new Error("a moved actor answered wrongly");
    return { movesPerSecond, longestPauseMs: from.stats().moves.longestPauseMs };
  } finally {
    await to.close();
    await from.close();
  }
}
