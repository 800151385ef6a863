/*
 * Measures what an actor takes that waits: on its thread, in the registry, and where it was written to as well.
 * Without it a field that each actor has, and few use, would go unnoticed.
 */
import { child, createHub } from "process-hub";
import { collectedBytes } from "../collected.js";
import { Echo } from "../echo.actor.js";
import { Heap } from "../heap.actor.js";
import { spread, withInFlight } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

/** Bytes of heap for an actor: of its thread and the main thread together. */
export const memory: Row = {
  name: "memory",
  what: "an idle actor, one of 100,000 (of 20,000 when quick): bytes of heap on its thread and in the registry",
  async measure(quick) {
    const count = quick ? 20_000 : 100_000;
    await using hub = await createHub({ id: "bench-memory", threads: 1, actors: [Echo, Heap] });
    const heap = await hub.start(Heap, { id: "heap" });
    const bytes = async () => ({ thread: await heap.ask("bytes", undefined, { timeoutMs: 60_000 }), main: collectedBytes() });
    const before = await bytes();
    const { errors } = await hub.startChildren(Array.from({ length: count }, (_, i) => child(Echo, { id: `echo-${i}` })));
    verify(errors.length, 0);
    const idle = await bytes();
    await withInFlight(count, 1_000, async (n) => verify(await hub.ref(Echo, `echo-${n}`).ask("echo", { n }), n));
    const asked = await bytes();
    const each = (some: typeof idle): number => (some.thread + some.main - before.thread - before.main) / count;
    const figure = (name: string, value: number, note: string) => ({ name, role: "subject" as const, ...spread([value]), note });
    const parts = (some: typeof idle): string =>
      `${Math.round((some.thread - before.thread) / count)} thread, ${Math.round((some.main - before.main) / count)} main`;
    return {
      unit: "bytes",
      figures: [figure("idle", each(idle), parts(idle)), figure("asked once, with its route", each(asked), parts(asked))],
    };
  },
};
