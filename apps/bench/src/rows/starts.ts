/*
 * Measures how many actors a node starts and stops in a second.
 * Without it a change that makes starts or stops slower would go unnoticed.
 */
import { child, createHub } from "process-hub";
import { Echo } from "../echo.actor.js";
import { BareActor } from "../floors/bare-actor.js";
import { spread } from "../rounds.js";
import type { Figure, Role, Row } from "../row.js";
import { verify } from "../verify.js";

/** Times of one kind of work, from rounds that do several in turn. */
class Timed {
  readonly #rates: number[] = [];
  readonly #cpuUs: number[] = [];

  async run(count: number, work: () => Promise<void>): Promise<void> {
    const cpu = process.cpuUsage();
    const fromMs = performance.now();
    await work();
    this.#rates.push((count / (performance.now() - fromMs)) * 1_000);
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuUs.push((user + system) / count);
  }

  figure(name: string, role: Role, floor?: Timed): Figure {
    const figure = { name, role, ...spread(this.#rates), cpuUs: spread(this.#cpuUs).median };
    if (floor === undefined) return figure;
    const own = spread(floor.#rates).median;
    return { ...figure, ofFloor: figure.median / own, cpuOfFloor: spread(floor.#cpuUs).median / figure.cpuUs };
  }
}

/** Batches of actors on one node: each is in the registry, then none is. */
export const starts: Row = {
  name: "starts",
  what: "start, then stop, a batch of 100,000 on one node (20,000 when quick)",
  floor: "a bare actor in a Map, made and deleted",
  async measure(quick) {
    const count = quick ? 20_000 : 100_000;
    const ids = Array.from({ length: count }, (_, i) => `actor-${i}`);
    const [started, stopped, made] = [new Timed(), new Timed(), new Timed()];
    for (let round = 0; round < 3; round++) {
      await using hub = await createHub({ id: "bench-starts", threads: 1, actors: [Echo] });
      const children = ids.map((id) => child(Echo, { id }));
      await started.run(count, async () => {
        const { errors } = await hub.startChildren(children);
        verify(errors.length, 0);
      });
      verify(hub.list("local").length, count);
      await stopped.run(count, async () => {
        const { errors } = await hub.stopChildren(ids);
        verify(errors.length, 0);
      });
      verify(hub.list().length, 0);
      const bare = new Map<string, BareActor>();
      await made.run(count, async () => {
        for (const id of ids) bare.set(id, new BareActor());
        verify(bare.size, count);
        for (const id of ids) bare.delete(id);
      });
    }
    const figures = [
      started.figure("start", "subject", made),
      stopped.figure("stop", "subject", made),
      made.figure("bare actor", "floor"),
    ];
    return { unit: "per second", figures };
  },
};
