/*
 * The state of one airport, and the two functions that count a flight.
 * Without it the stream and the fold could count in different ways, and the comparison would prove nothing.
 */
import { z } from "zod";
import { chain, textAsInteger } from "./checksum.js";

/** A flight as its origin is told of it. Minutes count from 1970 in the file's own (local) time. */
export const Departure = z.object({ to: z.string(), minute: z.int(), delay: z.int(), distance: z.int() });
export type Departure = z.infer<typeof Departure>;

/** A flight as its destination is told of it; the sender is the origin. */
export const Arrival = z.object({ minute: z.int(), delay: z.int() });
export type Arrival = z.infer<typeof Arrival>;

/** The flights from one origin: the checksum is over them in the order they were told. */
const Inbound = z.object({ arrivals: z.int(), delaySum: z.int(), checksum: z.int() });

/** Everything an airport knows. Delays in minutes, distances in miles; a flight's distance counts at its origin. */
export const AirportState = z.object({
  departures: z.int(),
  arrivals: z.int(),
  departureDelaySum: z.int(),
  arrivalDelaySum: z.int(),
  distanceSum: z.int(),
  /** Departures by delay: one count for each bucket of `delayBuckets`. */
  delayHistogram: z.array(z.int()),
  /** The departure seen last. */
  lastFlight: Departure.nullable(),
  /** Over all departures, in the order the main program told them. */
  departureChecksum: z.int(),
  /** By origin: each sender's messages have an order of their own, so each has a checksum of its own. */
  inbound: z.record(z.string(), Inbound),
});
export type AirportState = z.infer<typeof AirportState>;

/** Where the buckets of the delay histogram begin, in minutes; the first bucket holds the early ones, the last is open. */
const delayBuckets = [Number.NEGATIVE_INFINITY, 0, 15, 30, 60, 120, 240] as const;

/** An airport that has seen no flight. */
export function emptyAirport(): AirportState {
  return {
    departures: 0,
    arrivals: 0,
    departureDelaySum: 0,
    arrivalDelaySum: 0,
    distanceSum: 0,
    delayHistogram: delayBuckets.map(() => 0),
    lastFlight: null,
    departureChecksum: 0,
    inbound: {},
  };
}

/** Counts a flight that leaves this airport. Changes `airport` in place; the same flights in the same order give the same state. */
export function departed(airport: AirportState, flight: Departure): void {
  airport.departures += 1;
  airport.departureDelaySum += flight.delay;
  airport.distanceSum += flight.distance;
  const bucket = bucketOf(flight.delay);
  airport.delayHistogram[bucket] = (airport.delayHistogram[bucket] ?? 0) + 1;
  airport.lastFlight = flight;
  let checksum = chain(airport.departureChecksum, textAsInteger(flight.to));
  checksum = chain(checksum, flight.minute);
  checksum = chain(checksum, flight.delay);
  airport.departureChecksum = chain(checksum, flight.distance);
}

/** Counts a flight from `origin` that reaches this airport. Changes `airport` in place, as `departed` does. */
export function arrived(airport: AirportState, origin: string, flight: Arrival): void {
  airport.arrivals += 1;
  airport.arrivalDelaySum += flight.delay;
  const inbound = (airport.inbound[origin] ??= { arrivals: 0, delaySum: 0, checksum: 0 });
  inbound.arrivals += 1;
  inbound.delaySum += flight.delay;
  inbound.checksum = chain(chain(inbound.checksum, flight.minute), flight.delay);
}

function bucketOf(delay: number): number {
  let bucket = delayBuckets.length - 1;
  while (delay < (delayBuckets[bucket] as number)) bucket -= 1;
  return bucket;
}
