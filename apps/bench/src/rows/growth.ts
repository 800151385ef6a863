/*
 * Measures how the cost of an ask grows with the number of actors.
 * Without it a cost that grows with all actors, and not with those that are asked, would be found by whoever has many.
 */
import { createHub, type Hub } from "process-hub";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { type Contender, interleaved, withInFlight } from "../rounds.js";
import type { Role, Row } from "../row.js";
import { verify } from "../verify.js";

const inFlight = 1_000;

/** Asks in turn of all actors of a hub with many, and of one with few. */
export const growth: Row = {
  name: "growth",
  what: "ask, other thread, 1,000 in flight, over 100,000 actors in turn (20,000 when quick)",
  floor: "the same over 1,000 actors",
  async measure(quick) {
    await using many = await createHub({ id: "bench-many", threads: 1, actors: [Echo] });
    await using few = await createHub({ id: "bench-few", threads: 1, actors: [Echo] });
    const contender = async (hub: Hub, count: number, role: Role): Promise<Contender> => {
      const refs = await startEchoes(hub, count);
      const run = (work: number): Promise<void> =>
        withInFlight(work, inFlight, async (n) => verify(await refs[n % count]?.ask("echo", { n }), n));
      return { name: `${count.toLocaleString("en")} actors`, role, run };
    };
    const contenders = [await contender(many, quick ? 20_000 : 100_000, "subject"), await contender(few, inFlight, "floor")];
    return { unit: "per second", figures: await interleaved(contenders, quick ? 40_000 : 200_000, quick ? 5 : 7) };
  },
};
