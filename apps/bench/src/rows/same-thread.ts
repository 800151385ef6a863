/*
 * Measures messages between actors of one thread, against an actor reduced to its least.
 * Without it a change that sends local messages a longer way would go unnoticed.
 */
import { child, createHub } from "process-hub";
import { Driver } from "../driver.actor.js";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { BareActor } from "../floors/bare-actor.js";
import { type Contender, interleaved, withInFlight } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

const actors = 100;
const timeoutMs = 600_000;
const floor = "a copy, a mailbox, a schema of zod, a microtask a turn";

async function measure(message: "asks" | "tells", bare: Contender["run"], count: number, quick: boolean) {
  await using hub = await createHub({
    id: `bench-${message}`,
    threads: 1,
    actors: [Echo, Driver],
    timings: { askTimeoutMs: timeoutMs },
  });
  await startEchoes(hub, actors);
  const { errors } = await hub.startChildren([child(Driver, { id: "driver" })]);
  if (errors[0] !== undefined) throw errors[0].error;
  const driver = hub.ref(Driver, "driver");
  const figures = await interleaved(
    [
      { name: `process-hub ${message.slice(0, -1)}`, role: "subject", run: (n) => driver.ask(message, { count: n, actors }) },
      { name: "bare actor", role: "floor", scale: 4, run: bare },
    ],
    count,
    quick ? 5 : 7,
  );
  return { unit: "per second", figures };
}

/** Asks between actors of one thread, 100 in flight. */
export const askSame: Row = {
  name: "ask-same",
  what: "ask, same thread, 100 in flight over 100 actors",
  floor,
  measure: (quick) => {
    const bare = Array.from({ length: actors }, () => new BareActor());
    const run = (count: number): Promise<void> =>
      withInFlight(count, actors, async (n) => verify(await bare[n % actors]?.ask({ n }), n));
    return measure("asks", run, quick ? 40_000 : 100_000, quick);
  },
};

/** Tells between actors of one thread, until all are handled. */
export const tellSame: Row = {
  name: "tell-same",
  what: "tell, same thread, until all are handled",
  floor,
  measure: (quick) => {
    const bare = Array.from({ length: actors }, () => new BareActor());
    const handled = (): number => bare.reduce((sum, one) => sum + one.handled, 0);
    const run = async (count: number): Promise<void> => {
      const before = handled();
      for (let n = 0; n < count; n++) {
        bare[n % actors]?.tell({ n });
        if (n % 4_096 === 0) await null;
      }
      await null;
      verify(handled() - before, count);
    };
    return measure("tells", run, quick ? 80_000 : 200_000, quick);
  },
};
