/*
 * Measures the longest turn of a main thread while many actors start, move, are told to a newcomer, and end.
 * Without it a change that does the work of 100,000 actors in one turn, and so holds back heartbeats, would go unnoticed.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { child, createHub, type Hub, type HubStats, hotSwap, memoryNetwork, type Transport } from "process-hub";
import { Echo } from "./echo.actor.js";

/** What was done, and the longest turn of the event loop meanwhile. */
export interface Turn {
  readonly name: string;
  readonly actors: number;
  /** Time of the processor in milliseconds where the system tells it (Linux), else time that passed. */
  readonly longestMs: number;
  readonly tookMs: number;
}

/** What the main thread has had of the processor, in milliseconds; undefined where the system does not tell. */
function processorMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** Looks at the clock every millisecond, or as soon as the turn in hand ends. */
class TurnWatch {
  readonly #now = processorMs() === undefined ? () => performance.now() : () => processorMs() ?? 0;
  #lastMs = this.#now();
  #longestMs = 0;
  #next = setTimeout(() => this.#look(), 1);

  #look(): void {
    const nowMs = this.#now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = this.#now();
    this.#next = setTimeout(() => this.#look(), 1);
  }

  /** The longest turn since the last call. */
  take(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  stop(): void {
    clearTimeout(this.#next);
  }
}

/** A transport whose datagrams come in a turn each, as they do from a socket. */
function inTurns(transport: Transport): Transport {
  return {
    ...transport,
    open: (hub, node, receiver) =>
      transport.open(hub, node, {
        ...receiver,
        message: (from, bytes) => void setImmediate(() => receiver.message(from, bytes)),
      }),
  };
}

async function until(reached: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 120_000;
  while (!reached()) {
    if (performance.now() > endMs) throw new Error(`${what}: not within two minutes`);
    await sleep(20);
  }
}

/** The longest turns with `count` actors on three nodes that share this process's main thread: an upper bound for each of them. */
export async function measureTurns(count: number): Promise<Turn[]> {
  const network = memoryNetwork();
  const node = (name: string): Promise<Hub> =>
    createHub({
      id: "bench-turns",
      node: name,
      threads: 1,
      actors: [Echo],
      migration: hotSwap(),
      transport: inTurns(network.transport()),
    });
  const turns: Turn[] = [];
  const ids = Array.from({ length: count }, (_, i) => `actor-${i}`);
  const a = await node("a");
  const watch = new TurnWatch();
  const row = async (name: string, actors: number, work: () => Promise<unknown>): Promise<void> => {
    await sleep(500);
    watch.take();
    const fromMs = performance.now();
    await work();
    const tookMs = performance.now() - fromMs;
    await sleep(500);
    turns.push({ name, actors, longestMs: watch.take(), tookMs });
  };
  /** Actors that have come to a node, less those that have gone. */
  const came = ({ moves }: HubStats): number => moves.arrived - moves.count;
  const settled = (hub: Hub, share: number): boolean => came(hub.stats()) > count * share;
  let b: Hub | undefined;
  let c: Hub | undefined;
  try {
    await row("start", count, () => a.startChildren(ids.map((id) => child(Echo, { id }))));
    await row("join of a second node", count / 2, async () => {
      b = await node("b");
      await until(() => settled(b as Hub, 0.4), "the join");
    });
    if (b === undefined) throw new Error("no second node");
    const second = b;
    await row("moveAll", count + came(a.stats()), () => a.moveAll(ids, { node: "b" }));
    await row("join of a third node", count, async () => {
      c = await node("c");
      await until(() => settled(c as Hub, 0.25), "the second join");
    });
    const third = c;
    await row("leave", came(second.stats()), () => second.close());
    await row("entries", count, async () => {
      let seen = 0;
      for await (const _ of a.entries()) seen++;
      if (seen !== count) throw new Error(`${seen} of ${count} entries`);
    });
    if (third === undefined) throw new Error("no third node");
    await row("death of a node", came(third.stats()), async () => {
      network.isolate("c");
      await until(() => a.stats().registry.orphans > 0, "the death");
      await until(() => a.stats().registry.orphans === 0, "the recovery");
    });
    await row("stop", count, () => a.stopChildren(ids, { timeoutMs: 60_000 }));
    return turns;
  } finally {
    watch.stop();
    network.isolate("c");
    await Promise.all([c?.close(), b?.close()]);
    await a.close();
  }
}
