import { child, type Hub } from "@process-hub/cluster";
import type { Random } from "@process-hub/protocol";
import type { Simulation } from "../simulation.js";
import { Ledger } from "./ledger.actor.js";
import type { Regime } from "./regimes.js";

const actors = 12;

/** What a life did, for the campaign's sums. */
export interface LifeFigures {
  acts: number;
  asks: number;
  failedAsks: number;
  moves: number;
  refusedMoves: number;
}

/** A random life of a cluster: starts, stops, messages, moves, joins, leaves, and the regime's trouble; then peace, and every check. */
export async function live(sim: Simulation, regime: Regime, acts: number): Promise<LifeFigures> {
  const { random } = sim;
  const figures: LifeFigures = { acts: 0, asks: 0, failedAsks: 0, moves: 0, refusedMoves: 0 };
  const open = new Map<number, { readonly what: string; readonly by: Hub | undefined }>();
  let begun = 0;
  /** Follows work that goes on beside the story; it must end before the story does. */
  const follow = (by: Hub | undefined, what: string, work: Promise<unknown>): void => {
    const key = ++begun;
    open.set(key, { by, what: `${what}, begun at ${(sim.nowMs - 1_000_000).toFixed(2)} ms` });
    work.catch(() => {}).finally(() => open.delete(key));
  };
  let n = 0;
  const up = (): number[] => sim.nodes.flatMap(({ state }, index) => (state === "up" ? [index] : []));
  const anyHub = () => sim.hub(oneOf(random, up()));
  const anyId = (): string => `a-${Math.floor(random.next() * actors)}`;
  const ask = (by: Hub, what: string, work: Promise<unknown>): void => {
    figures.asks++;
    follow(
      by,
      what,
      work.catch(() => figures.failedAsks++),
    );
  };
  const talk = (): void => {
    const hub = anyHub();
    const ref = hub.ref(Ledger, anyId());
    const by = `from ${hub.node} to ${ref.id}`;
    for (let i = Math.ceil(random.next() * 6); i > 0; i--) {
      const kind = random.next();
      if (kind < 0.5) ref.tell("note", { n: ++n });
      else if (kind < 0.7) ref.tell("pass", { n: ++n, to: anyId() });
      else if (kind < 0.8) ref.tell("later", { n: ++n, delayMs: random.next() * 500 });
      else if (kind < 0.9) ask(hub, `ask ${by}`, ref.ask("note", { n: ++n }));
      else ask(hub, `consult ${by}`, ref.ask("consult", { n: ++n, to: anyId() }));
    }
  };
  const move = (): void => {
    const node = sim.nodes[oneOf(random, up())]?.name ?? "";
    const thread = Math.floor(random.next() * 2);
    const hub = anyHub();
    const id = anyId();
    follow(
      hub,
      `move of ${id} to ${node}/${thread} by ${hub.node}`,
      hub.move(id, { node, thread }).then(
        () => figures.moves++,
        () => figures.refusedMoves++,
      ),
    );
  };
  const stopOne = (): void => {
    const hub = anyHub();
    follow(hub, "stop", hub.stop(anyId()));
  };
  const startOne = (): void => {
    const hub = anyHub();
    follow(hub, "start", hub.start(Ledger, { id: anyId() }));
  };
  const membership = async (): Promise<void> => {
    if (random.next() < 0.5 && sim.nodes.length < 10) {
      const joined = sim.join();
      follow(sim.nodes.at(-1)?.hub, "join", joined);
    }
    else if (up().length > 2) await sim.leave(oneOf(random, up())).catch(() => {});
  };
  const trouble = async (): Promise<void> => {
    const kind = regime.trouble.length === 0 ? undefined : oneOf(random, regime.trouble);
    const victims = up();
    if (kind === "crash" && victims.length > 2) sim.crash(oneOf(random, victims));
    else if (kind === "killThread") sim.killThread(oneOf(random, victims), Math.floor(random.next() * 2));
    else if (kind === "fail") anyHub().ref(Ledger, anyId()).tell("fail");
    else if (kind === "freeze" && victims.length > 2) {
      const victim = oneOf(random, victims);
      sim.freeze(victim);
      follow(
        undefined,
        "thaw",
        sim.run(random.next() * 6_000).then(() => sim.thaw(victim)),
      );
    } else if (kind === "cut") {
      const side = sim.nodes.map((_, index) => index).filter(() => random.next() < 0.5);
      sim.cut([side, sim.nodes.map((_, index) => index).filter((index) => !side.includes(index))], { oneWay: random.next() < 0.3 });
      follow(
        undefined,
        "heal",
        sim.run(random.next() * 8_000).then(() => sim.heal()),
      );
    }
  };

  await sim.hub(0).startChildren(Array.from({ length: actors }, (_, i) => child(Ledger, { id: `a-${i}` })));
  for (; figures.acts < acts; figures.acts++) {
    const kind = random.next();
    if (kind < 0.6) talk();
    else if (kind < 0.85) move();
    else if (kind < 0.9) stopOne();
    else if (kind < 0.94) startOne();
    else if (kind < 0.97) await membership();
    else await trouble();
    await sim.run(random.next() * (random.next() < 0.1 ? 1_500 : 20));
  }
  for (const [index, { state }] of sim.nodes.entries()) if (state === "frozen") sim.thaw(index);
  sim.heal();
  // Who crashed waits no more.
  const living = (): Set<Hub> => new Set(sim.nodes.filter(({ state }) => state === "up").map(({ hub }) => hub));
  const left = (): string[] => [...open.values()].filter(({ by }) => by === undefined || living().has(by)).map(({ what }) => what);
  await sim.until("all that was begun ends", () => open.size === 0 || left().length === 0).catch((error: unknown) => {
    throw new Error(`seed ${sim.seed}: never ended: ${left().join("; ")}`, { cause: error });
  });
  await sim.check();
  return figures;
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random.next() * items.length)] as T;
}
