/*
 * Reads the flights of the demo from their file, group by group.
 * Without it the demo would have to hold all 3,000,000 flights in memory, or block the event loop while it reads them.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { asyncBufferFromFile, parquetScan } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** Flights column by column: `origin[i]`, `destination[i]`, `minute[i]`, `delay[i]` and `distance[i]` are one flight. */
export interface FlightBatch {
  readonly count: number;
  /** Airport codes; `origin` and `destination` hold indexes into it. The list grows, an index never changes its meaning. */
  readonly codes: readonly string[];
  readonly origin: Uint16Array;
  readonly destination: Uint16Array;
  /** Minutes since 1970, local time. */
  readonly minute: Int32Array;
  /** Minutes, negative when early. */
  readonly delay: Int32Array;
  /** Miles. */
  readonly distance: Int32Array;
}

/** How many flights the file holds. */
export const flightsInFile = 3_000_000;

const microsPerMinute = 60_000_000n;
const timestamps = { timestampFromMicroseconds: (micros: bigint) => Number(micros / microsPerMinute) };

/**
 * The first `limit` flights of `flights-3m.parquet` in file order, one row group (272,727 flights) at a time. The next group is
 * decoded while the caller works on this one, one column at a time (about 40 ms of the event loop each), and never more than one ahead.
 *
 * What the file holds (BTS on-time data, npm `vega-datasets` 3.2): 3,000,000 rows in 11 row groups; `date` (timestamp without
 * zone, whole minutes, 2001-01-01 00:01 to 2001-07-01 00:00, never decreasing), `delay` (minutes, -1116 to 1688), `distance`
 * (miles, 21 to 4962), `origin` and `destination` (three letters; 229 airports, 3,399 pairs, none to itself; ACY is never a
 * destination). The columns are nullable, yet there is no null. The integers are 64 bits wide in the file and fit in 32.
 */
export async function* readFlights(limit: number = flightsInFile): AsyncGenerator<FlightBatch> {
  const file = await asyncBufferFromFile(flightsPath());
  const scan = await parquetScan({ file, compressors, parsers: timestamps });
  const airports = new AirportIndex();

  const readGroup = async (group: number): Promise<FlightBatch | undefined> => {
    const range = scan.ranges[group];
    if (range === undefined || range.rowStart >= limit) return undefined;
    const column = (name: string) => scan.readColumn({ column: name, ...range });
    const count = Math.min(range.rowEnd, limit) - range.rowStart;
    // One after the other, so that the event loop turns between two columns.
    const origin = airports.indexes(await column("origin"), count);
    const destination = airports.indexes(await column("destination"), count);
    const minute = integers(await column("date"), count);
    const delay = integers(await column("delay"), count);
    const distance = integers(await column("distance"), count);
    return { count, codes: airports.codes, origin, destination, minute, delay, distance };
  };

  let next = readGroup(0);
  for (let group = 1; ; group++) {
    const batch = await next;
    if (batch === undefined) return;
    next = readGroup(group);
    // A caller that stops here leaves `next` unobserved; its failure would then count as unhandled.
    next.catch(() => undefined);
    yield batch;
  }
}

/** Where the npm package keeps the file. It exports no data, so its folder is found by its main module. */
export function flightsPath(): string {
  const main = createRequire(import.meta.url).resolve("vega-datasets");
  return join(main, "../../data/flights-3m.parquet");
}

/** Gives each airport code a small number, in the order of first appearance. */
class AirportIndex {
  readonly codes: string[] = [];
  readonly #indexOf = new Map<string, number>();

  indexes(column: ArrayLike<unknown>, count: number): Uint16Array {
    const indexes = new Uint16Array(count);
    for (let row = 0; row < count; row++) indexes[row] = this.#index(column[row] as string);
    return indexes;
  }

  #index(code: string): number {
    const known = this.#indexOf.get(code);
    if (known !== undefined) return known;
    this.#indexOf.set(code, this.codes.length);
    return this.codes.push(code) - 1;
  }
}

function integers(column: ArrayLike<number | bigint>, count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let row = 0; row < count; row++) numbers[row] = Number(column[row]);
  return numbers;
}
