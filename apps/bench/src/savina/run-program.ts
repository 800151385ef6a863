/*
 * Runs one program on a hub of its own.
 * Without it the programs of a run would share threads, and each would be measured with what those before it left behind.
 */
import { createHub } from "process-hub";
import type { Program, SizeName } from "./program.js";
import { endOf, judged, type Row } from "./verdict.js";

/** Where and how a program is run. */
export interface RunOptions {
  readonly threads: number;
  readonly size: SizeName;
  /** A program that takes longer has stalled. */
  readonly deadlineMs: number;
}

/** Runs a program, once, with the default limits. Does not reject for what the program or its actors do wrong: the row says it. */
export async function runProgram(program: Program, { threads, size, deadlineMs }: RunOptions): Promise<Row> {
  const { name, actors, sizes } = program;
  const expected = program.expected(sizes[size]);
  const reasons = new Map<string, number>();
  // It is alone: it need not listen long for other nodes.
  const hub = await createHub({ id: `savina-${name}`, threads, actors, timings: { discoveryMs: 20 } });
  hub.on("deadLetter", ({ reason, count }) => reasons.set(reason, (reasons.get(reason) ?? 0) + count));
  try {
    const fromMs = performance.now();
    const end = await endOf(program.run(hub, sizes[size]), deadlineMs);
    const ms = performance.now() - fromMs;
    const { messages, invariants } = hub.stats();
    const { handled, deadLettered: lost } = messages;
    const complaints = [...reasons, ...Object.entries(invariants)].map(([what, count]) => `${count} ${what}`);
    return judged({ program: name, threads, size, messages: handled, ms, lost, end, expected, complaints });
  } finally {
    await hub.close();
  }
}
