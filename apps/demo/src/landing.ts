/*
 * Waits until all flights have arrived, and reads the airports.
 * Without it the comparison would run while messages are still on their way.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Hub } from "process-hub";
import { Airport } from "./airport.actor.js";
import type { AirportState } from "./airport-state.js";

/** The airports when no message is on its way any more. */
interface Landing {
  /** An airport that did not answer is missing. */
  readonly airports: ReadonlyMap<string, AirportState>;
  /** When the last change was seen, by `performance.now()`. */
  readonly atMs: number;
}

/**
 * Reads all airports again and again until as many flights have left and landed as were told, or until nothing has changed for two seconds.
 * The main program does not see the messages between airports, so an answer alone does not show that all have arrived.
 */
export async function allLanded(hub: Hub, codes: readonly string[], flightsTold: number, signal: AbortSignal): Promise<Landing> {
  let seen = -1;
  let atMs = performance.now();
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 400)) {
    signal.throwIfAborted();
    const airports = await readAirports(hub, codes);
    const now = performance.now();
    const counted = [...airports.values()].reduce((sum, airport) => sum + airport.departures + airport.arrivals, 0);
    if (counted !== seen) atMs = now;
    if (counted === 2 * flightsTold || now - atMs > quietMs) return { airports, atMs };
    seen = counted;
    await sleep(pauseMs);
  }
}

async function readAirports(hub: Hub, codes: readonly string[]): Promise<Map<string, AirportState>> {
  const answers = await Promise.allSettled(codes.map((code) => hub.ref(Airport, code).ask("read")));
  const airports = new Map<string, AirportState>();
  for (const [at, answer] of answers.entries()) {
    if (answer.status === "fulfilled") airports.set(codes[at] as string, answer.value);
  }
  return airports;
}

const quietMs = 2_000;
