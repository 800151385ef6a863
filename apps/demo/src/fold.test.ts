import { describe, expect, test } from "vitest";
import { AirportState, emptyAirport } from "./airport-state.js";
import { chain, textAsInteger } from "./checksum.js";
import type { FlightBatch } from "./flights.js";
import { foldFlights } from "./fold.js";

type Flight = [from: string, to: string, minute: number, delay: number, distance: number];

const flights: Flight[] = [
  ["ATL", "ORD", 10, 5, 600],
  ["ATL", "LAX", 11, -3, 1900],
  ["ORD", "ATL", 12, 240, 600],
  ["ATL", "ORD", 13, 60, 600],
];

describe("the fold of a few flights made by hand", async () => {
  const airports = await fold([flights]);

  test("counts a flight's delay and distance at its origin, and its delay at its destination", () => {
    expect(airports.get("ATL")).toMatchObject({
      departures: 3,
      arrivals: 1,
      departureDelaySum: 62,
      arrivalDelaySum: 240,
      distanceSum: 3100,
      lastFlight: { to: "ORD", minute: 13, delay: 60, distance: 600 },
    });
    expect(airports.get("ORD")).toMatchObject({ departures: 1, arrivals: 2, departureDelaySum: 240, arrivalDelaySum: 65 });
    expect(airports.get("LAX")).toMatchObject({ departures: 0, arrivals: 1, distanceSum: 0, lastFlight: null });
  });

  test("sorts departures into buckets of delay, each beginning at its lower edge", async () => {
    expect(airports.get("ATL")?.delayHistogram).toEqual([1, 1, 0, 0, 1, 0, 0]);
    const edges = [-1116, -1, 0, 14, 15, 29, 30, 59, 60, 119, 120, 239, 240, 1688];
    const [all] = (await fold([edges.map((delay): Flight => ["ATL", "ORD", 1, delay, 1])])).values();
    expect(all?.delayHistogram).toEqual([2, 2, 2, 2, 2, 2, 2]);
  });

  test("keeps one checksum over the departures and one for each origin of arrivals", () => {
    const first = [textAsInteger("ORD"), 10, 5, 600];
    const second = [textAsInteger("LAX"), 11, -3, 1900];
    const third = [textAsInteger("ORD"), 13, 60, 600];
    expect(airports.get("ATL")?.departureChecksum).toBe([...first, ...second, ...third].reduce(chain, 0));
    expect(airports.get("ORD")?.inbound).toEqual({
      ATL: { arrivals: 2, delaySum: 65, checksum: [10, 5, 13, 60].reduce(chain, 0) },
    });
  });

  test("gives states that the actor's schema takes as they are", () => {
    for (const airport of airports.values()) expect(AirportState.parse(airport)).toEqual(airport);
    expect(AirportState.parse(emptyAirport())).toEqual(emptyAirport());
  });
});

test("the order of two senders among each other does not count, that of one sender does", async () => {
  const [one, two, other] = [flights[0] as Flight, flights[3] as Flight, ["LAX", "ORD", 11, 7, 1700] as Flight];
  const inboundOf = async (...order: Flight[]) => (await fold([order])).get("ORD")?.inbound;
  const straight = await inboundOf(one, two, other);
  expect(await inboundOf(other, one, two)).toEqual(straight);
  expect(await inboundOf(two, one, other)).not.toEqual(straight);
});

test("where one batch ends and the next begins makes no difference", async () => {
  const whole = await fold([flights]);
  expect(await fold([flights.slice(0, 1), [], flights.slice(1)])).toEqual(whole);
});

function fold(batches: Flight[][]): Promise<Map<string, AirportState>> {
  const codes: string[] = [];
  const index = (code: string) => (codes.includes(code) ? codes.indexOf(code) : codes.push(code) - 1);
  async function* made(): AsyncGenerator<FlightBatch> {
    for (const rows of batches) {
      const origin = Uint16Array.from(rows, ([from]) => index(from));
      const destination = Uint16Array.from(rows, ([, to]) => index(to));
      const [minute, delay, distance] = [2, 3, 4].map((at) => Int32Array.from(rows, (row) => row[at] as number)) as [
        Int32Array,
        Int32Array,
        Int32Array,
      ];
      yield { count: rows.length, codes, origin, destination, minute, delay, distance };
    }
  }
  return foldFlights(made());
}
