import type { Hub } from "process-hub";
import { expect, test } from "vitest";
import { readFlights } from "./flights.js";
import { streamFlights } from "./stream.js";

test("tells flights in file order, waits for room whenever there is none, and reports each step", {
  timeout: 60_000,
}, async () => {
  const told: { from: string; minute: number }[] = [];
  let [owed, tellsWhileFull] = [false, 0];
  const tell = (from: string) => (_: string, flight: { minute: number }) => {
    if (owed) tellsWhileFull += 1;
    told.push({ from, minute: flight.minute });
    owed = told.length % 100 === 0;
    return !owed;
  };
  const hub = {
    ref: (_: unknown, id: string) => ({ tell: tell(id) }),
    ready: async () => {
      owed = false;
    },
  } as unknown as Hub;
  const steps: number[] = [];

  const count = await streamFlights(readFlights(1_000), hub, { flights: 300, onStep: (done) => void steps.push(done) });

  expect(count).toBe(1_000);
  expect(steps).toEqual([300, 600, 900]);
  expect(tellsWhileFull).toBe(0);
  expect(told.map(({ minute }) => minute)).toEqual(told.map(({ minute }) => minute).sort((one, other) => one - other));
  expect(told.slice(0, 5).map(({ from }) => from)).toEqual(["LAS", "ATL", "MCI", "ANC", "RIC"]);
});
