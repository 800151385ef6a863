/*
 * Tells every flight to its airport, no faster than the cluster keeps up.
 * Without it the messages of 3,000,000 flights would pile up in memory, or be refused.
 */
import type { Hub } from "process-hub";
import { Airport } from "./airport.actor.js";
import type { FlightBatch } from "./flights.js";

/** Called each time another step of the stream is done; the stream goes on when it resolves. */
type OnStep = (told: number) => Promise<void> | void;

/**
 * Tells every flight to its origin, in file order, no faster than the actors keep up: `tell` answers false when the links are
 * full, `ready` resolves when they have room. Resolves with the number of flights told, which may then still be on their way.
 */
export async function streamFlights(
  batches: AsyncIterable<FlightBatch>,
  hub: Pick<Hub, "ref" | "ready">,
  step: { readonly flights: number; readonly onStep: OnStep },
): Promise<number> {
  const refTo = (code: string) => hub.ref(Airport, code);
  const refs: ReturnType<typeof refTo>[] = [];
  let told = 0;

  for await (const { count, codes, origin, destination, minute, delay, distance } of batches) {
    for (const code of codes.slice(refs.length)) refs.push(refTo(code));
    for (let row = 0; row < count; row++) {
      const flight = {
        to: codes[destination[row] as number] as string,
        minute: minute[row] as number,
        delay: delay[row] as number,
        distance: distance[row] as number,
      };
      const roomLeft = (refs[origin[row] as number] as (typeof refs)[number]).tell("depart", flight);
      told += 1;
      if (!roomLeft) await hub.ready();
      if (told % step.flights === 0) await step.onStep(told);
    }
  }
  return told;
}
