/*
 * Compares every airport with the fold.
 * Without it the demo would show a stream, and not that its result is right.
 */
import type { AirportState } from "./airport-state.js";

/** A figure of an airport that differs from the fold's. */
export interface Difference {
  readonly airport: string;
  readonly figure: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The result of the comparison with the fold. */
export interface Verdict {
  /** Every figure of every airport is equal. */
  readonly exact: boolean;
  /** Differences that nothing explains, by airport. */
  readonly differences: readonly Difference[];
  /** Airports that lost their state with their thread. */
  readonly restarted: readonly string[];
  /** Other airports that lack arrivals, all of them from restarted airports, and how many. */
  readonly short: ReadonlyMap<string, number>;
}

/**
 * Compares every airport with the fold, to the last digit. `restarted` names the airports whose thread was killed: their own
 * figures are gone, and so are departures that were in their mailboxes, whose arrivals then never happened. An airport that did
 * not restart must still be equal in everything that restarted ones did not send, and may have got less from them, never more.
 */
export function judge(
  expected: ReadonlyMap<string, AirportState>,
  actual: ReadonlyMap<string, AirportState>,
  restarted: ReadonlySet<string> = new Set(),
): Verdict {
  const differences: Difference[] = [];
  const short = new Map<string, number>();
  let exact = true;

  for (const [airport, should] of expected) {
    const is = actual.get(airport);
    const found = compare(airport, should, is);
    if (found.length === 0) continue;
    exact = false;
    if (is === undefined) differences.push(...found);
    else if (!restarted.has(airport)) {
      const unexplained = [
        ...compare(airport, without(restarted, should), without(restarted, is)),
        ...excess(airport, restarted, should, is),
      ];
      if (unexplained.length > 0) differences.push(...unexplained);
      else short.set(airport, should.arrivals - is.arrivals);
    }
  }
  return { exact, differences, restarted: [...restarted].filter((id) => expected.has(id)).sort(), short };
}

function compare(airport: string, expected: AirportState, actual: AirportState | undefined): Difference[] {
  if (actual === undefined) return [{ airport, figure: "state", expected: "an answer", actual: "none" }];
  const should = figuresOf(expected);
  const is = figuresOf(actual);
  return [...new Set([...should.keys(), ...is.keys()])]
    .filter((figure) => should.get(figure) !== is.get(figure))
    .map((figure) => ({ airport, figure, expected: should.get(figure), actual: is.get(figure) }));
}

/** More arrivals from a restarted airport than there were flights: something was told twice. */
function excess(airport: string, restarted: ReadonlySet<string>, expected: AirportState, actual: AirportState): Difference[] {
  return [...restarted]
    .map((origin) => ({ origin, should: expected.inbound[origin]?.arrivals ?? 0, is: actual.inbound[origin]?.arrivals ?? 0 }))
    .filter(({ should, is }) => is > should)
    .map(({ origin, should, is }) => ({
      airport,
      figure: `inbound.${origin}.arrivals`,
      expected: `at most ${should}`,
      actual: is,
    }));
}

/** The state without the flights from `origins`. */
function without(origins: ReadonlySet<string>, airport: AirportState): AirportState {
  const rest = { ...airport, inbound: { ...airport.inbound } };
  for (const origin of origins) {
    rest.arrivals -= rest.inbound[origin]?.arrivals ?? 0;
    rest.arrivalDelaySum -= rest.inbound[origin]?.delaySum ?? 0;
    delete rest.inbound[origin];
  }
  return rest;
}

/** Every number and text of a state under its path, like `inbound.ORD.checksum`. */
function figuresOf(state: object, path = "", figures = new Map<string, unknown>()): Map<string, unknown> {
  for (const [name, value] of Object.entries(state)) {
    if (typeof value === "object" && value !== null) figuresOf(value, `${path}${name}.`, figures);
    else figures.set(path + name, value);
  }
  return figures;
}
