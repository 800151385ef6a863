/*
 * Measures the longest round of a node's main thread while many actors start, move, are told to a newcomer, and end.
 * Without it a change that does the work of 100,000 actors in one turn, and so holds back heartbeats, would go unnoticed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { TurnProcess } from "./turn-process.js";
import type { LongRound } from "./turn-watch.js";

/** A long round of the main thread of a node. */
export interface RoundOfNode extends LongRound {
  readonly node: string;
}

/** What was done, and the longest rounds of main threads meanwhile, the longest first. */
export interface Turn {
  readonly name: string;
  readonly actors: number;
  readonly tookMs: number;
  readonly rounds: readonly RoundOfNode[];
}

async function until(reached: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 120_000;
  while (!(await reached())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within two minutes`);
    await sleep(100);
  }
}

/** The longest rounds with `perNode` actors on each of two nodes, or all of them on one or three; each node is a process of its own. */
export async function measureTurns(perNode: number): Promise<Turn[]> {
  const count = perNode * 2;
  const nodes = new Map<string, TurnProcess>();
  let isCut = false;
  const node = async (name: string): Promise<TurnProcess> => {
    const made = new TurnProcess(name, ({ from, to, bytes }) => {
      if (isCut) return;
      for (const other of nodes.values())
        if (other.name !== from && (to === undefined || to === other.name)) other.deliver(from, bytes);
    });
    nodes.set(name, made);
    await made.call("open");
    return made;
  };
  const turns: Turn[] = [];
  const ids = Array.from({ length: count }, (_, i) => `actor-${i}`);
  const longest = async (): Promise<RoundOfNode[]> => {
    const alive = [...nodes.values()].filter(({ isAlive }) => isAlive);
    const each = await Promise.all(
      alive.map(async (one) => (await one.call("longest")).map((round) => ({ node: one.name, ...round }))),
    );
    return each.flat().sort((a, b) => b.longMs - a.longMs);
  };
  const row = async (name: string, actors: number, work: () => Promise<unknown>): Promise<void> => {
    await sleep(500);
    await longest();
    const fromMs = performance.now();
    await work();
    const tookMs = performance.now() - fromMs;
    await sleep(1_000);
    turns.push({ name, actors, tookMs, rounds: await longest() });
  };
  const came = async (of: TurnProcess): Promise<number> => (await of.call("figures")).came;
  const settled = async (of: TurnProcess, share: number): Promise<boolean> => (await came(of)) > count * share;
  const others = async (of: TurnProcess): Promise<number> => (await of.call("figures")).others;
  try {
    const a = await node("a");
    await row("start", count, () => a.call("start", ids));
    let b = a;
    await row("join of a second node", count / 2, async () => {
      b = await node("b");
      await until(() => settled(b, 0.4), "the join");
    });
    await row("moveAll", count + (await came(a)), () => a.call("moveAll", ids, "b"));
    let c = b;
    await row("join of a third node", count, async () => {
      c = await node("c");
      await until(() => settled(c, 0.25), "the second join");
    });
    await row("leave", await came(b), () => b.call("close"));
    await row("entries", count, async () => {
      const seen = await a.call("entries");
      if (seen !== count) throw new Error(`${seen} of ${count} entries`);
    });
    await row("leave without time", await came(c), async () => {
      await c.call("close", 1_000);
      await until(async () => (await others(a)) === 0, "the leave");
      await a.call("settled");
    });
    const d = await node("d");
    await until(() => settled(d, 0.4), "the third join");
    await row("cut", count, async () => {
      isCut = true;
      await until(async () => (await others(a)) + (await others(d)) === 0, "the cut");
      await Promise.all([a.call("settled"), d.call("settled")]);
    });
    await row("heal", count, async () => {
      isCut = false;
      await until(async () => (await others(a)) + (await others(d)) === 2, "the heal");
      await Promise.all([a.call("settled"), d.call("settled")]);
    });
    await row("death of a node", await came(d), async () => {
      d.kill();
      await until(async () => (await others(a)) === 0, "the death");
      await a.call("settled");
    });
    await row("stop", count, () => a.call("stop", ids));
    await a.call("close");
    return turns;
  } finally {
    await Promise.all([...nodes.values()].map((one) => one.release()));
  }
}
