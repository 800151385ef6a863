/*
 * A node that joins a running demo from another process.
 * Without it the demo would run in one process only.
 */
import { mainNode, openNode, transportTo } from "./node.js";
import type { NodeTotals } from "./totals.js";

/** The orders that the demo sends to a process it started. */
export type MachineOrder = "totals" | "leave";
/** The answer to an order. The first answer comes without an order, when the node is ready. */
export interface MachineAnswer {
  readonly node: string;
  readonly totals: NodeTotals;
}

/** A node that joins the demo at a NATS server and carries its share of the airports. */
export interface JoinOptions {
  readonly nats: string;
  readonly threads: number;
  readonly name?: string;
}

/** Joins, and stays until the stream is over or `signal` aborts; then hands over its airports and leaves. */
export async function join({ nats, threads, name }: JoinOptions, signal: AbortSignal): Promise<void> {
  const hub = await openNode({ threads, transport: () => transportTo(nats) }, name);
  const answer = () => {
    const { messages, moves } = hub.stats();
    process.send?.({ node: hub.node, totals: { messages, moves } } satisfies MachineAnswer);
  };
  const over = new Promise<void>((resolve) => {
    hub.on("memberLeft", ({ node }) => node === mainNode && resolve());
    signal.addEventListener("abort", () => resolve());
    // The signal came while the node was opened.
    if (signal.aborted) resolve();
    process.on("message", (order: MachineOrder) => (order === "leave" ? resolve() : answer()));
    // The demo that started this process is gone.
    process.once("disconnect", resolve);
  });
  hub.on("handoverDelivered", ({ ids }) => console.log(`${hub.node} took over ${ids.length} airports`));
  console.log(`${hub.node} joined; it stays until the stream is over, or Ctrl-C or a kill`);
  answer();
  await over;
  const { moved, errors } = await hub.drain();
  answer();
  await hub.close();
  const kept = errors.length > 0 ? `, ${errors.length} could not go (first: ${errors[0]?.error.message})` : "";
  console.log(`${hub.node} left${moved.length > 0 ? `; ${moved.length} airports went to the others` : ""}${kept}`);
  if (process.connected) process.disconnect();
}
