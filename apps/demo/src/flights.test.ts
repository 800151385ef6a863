import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { expect, test } from "vitest";
import { flightsInFile, flightsPath, readFlights } from "./flights.js";

test("the whole file: 3,000,000 flights of 229 airports in 11 groups, never backwards in time", { timeout: 60_000 }, async () => {
  let [total, groups, lastMinute, backwards] = [0, 0, 0, 0];
  const departures = new Map<string, number>();
  for await (const { count, codes, origin, minute } of readFlights()) {
    total += count;
    groups += 1;
    for (let row = 0; row < count; row++) {
      if ((minute[row] as number) < lastMinute) backwards += 1;
      lastMinute = minute[row] as number;
      const code = codes[origin[row] as number] as string;
      departures.set(code, (departures.get(code) ?? 0) + 1);
    }
  }
  expect({ total, groups, backwards, airports: departures.size }).toEqual({
    total: flightsInFile,
    groups: 11,
    backwards: 0,
    airports: 229,
  });
  expect(departures.get("ORD")).toBe(166_341);
  expect(departures.get("ACY")).toBe(1);
});

test("the rows are those that hyparquet reads as objects", { timeout: 60_000 }, async () => {
  const rowEnd = 20_000;
  const file = await asyncBufferFromFile(flightsPath());
  const rows = await parquetReadObjects({ file, compressors, rowEnd });
  const expected = rows.map(({ origin, destination, date, delay, distance }) => [
    origin,
    destination,
    +date,
    Number(delay),
    Number(distance),
  ]);

  const read: unknown[] = [];
  for await (const { count, codes, ...columns } of readFlights(rowEnd)) {
    for (let row = 0; row < count; row++) {
      const [from, to] = [codes[columns.origin[row] as number], codes[columns.destination[row] as number]];
      read.push([from, to, (columns.minute[row] as number) * 60_000, columns.delay[row], columns.distance[row]]);
    }
  }
  expect(read).toEqual(expected);
});

test("a limit in the second group ends there, and no code of a later row is known", { timeout: 60_000 }, async () => {
  const counts: number[] = [];
  for await (const { count } of readFlights(272_730)) counts.push(count);
  expect(counts).toEqual([272_727, 3]);

  for await (const { count, codes } of readFlights(1)) expect({ count, codes }).toEqual({ count: 1, codes: ["LAS", "PHL"] });
});
