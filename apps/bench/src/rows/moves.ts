/*
 * Measures mass moves of actors between two nodes, there and back.
 * Without it a change that makes moves slower, or their pauses longer, would go unnoticed.
 */
import { createHub, memoryNetwork } from "process-hub";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { interleaved } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

/** Moves small actors from one node to another of the same process, and asks each afterwards. */
export const moves: Row = {
  name: "moves",
  what: "move 10,000 actors from node to node over the memory network (4,000 when quick), and ask each",
  async measure(quick) {
    const count = quick ? 4_000 : 10_000;
    const network = memoryNetwork();
    const open = (node: string) =>
      createHub({ id: "bench-moves", node, threads: 1, actors: [Echo], transport: network.transport() });
    await using from = await open("from");
    await using to = await open("to");
    // Both nodes are among those an actor may run on, so that it may go back.
    const refs = await startEchoes(from, count, "from");
    const ids = refs.map(({ id }) => id);
    let here = from;
    const run = async (): Promise<void> => {
      const there = here === from ? to : from;
      const { moved, errors } = await here.moveAll(ids, { node: there.node });
      if (errors[0] !== undefined) throw errors[0].error;
      verify(moved.length, count);
      verify(there.list("local").length, count);
      here = there;
    };
    const figures = await interleaved([{ name: "moveAll", role: "subject", run: async () => run() }], count, quick ? 3 : 5);
    const answers = await Promise.all(refs.map((ref, n) => ref.ask("echo", { n })));
    for (const [n, answer] of answers.entries()) verify(answer, n);
    const pauseMs = Math.max(from.stats().moves.longestPauseMs, to.stats().moves.longestPauseMs);
    const note = `longest pause of one: ${pauseMs.toFixed(0)} ms`;
    return { unit: "per second", figures: figures.map((figure) => ({ ...figure, note })) };
  },
};
