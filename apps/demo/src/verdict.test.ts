import { expect, test } from "vitest";
import { type AirportState, arrived, departed, emptyAirport } from "./airport-state.js";
import { judge } from "./verdict.js";

test("equal states are exact", () => {
  expect(judge(airports(), airports())).toEqual({ exact: true, differences: [], restarted: [], short: new Map() });
});

test("a difference names the airport and the figure, with both values", () => {
  const actual = airports((all) => {
    all.ORD.arrivalDelaySum += 1;
  });
  const { exact, differences } = judge(airports(), actual);
  expect(exact).toBe(false);
  expect(differences).toEqual([{ airport: "ORD", figure: "arrivalDelaySum", expected: 12, actual: 13 }]);
});

test("a wrong checksum of one sender is enough", () => {
  const actual = airports((all) => {
    const inbound = all.ORD.inbound.ATL;
    if (inbound !== undefined) inbound.checksum += 1;
  });
  expect(judge(airports(), actual).differences.map(({ figure }) => figure)).toEqual(["inbound.ATL.checksum"]);
});

test("an airport that did not answer differs, restarted or not", () => {
  const actual = airports();
  actual.delete("LAX");
  expect(judge(airports(), actual).differences).toMatchObject([{ airport: "LAX", figure: "state" }]);
  expect(judge(airports(), actual, new Set(["LAX"])).differences).toHaveLength(1);
});

test("an unexpected sender differs", () => {
  const actual = airports((all) => arrived(all.ORD, "SFO", { minute: 1, delay: 0 }));
  expect(judge(airports(), actual).differences.map(({ figure }) => figure)).toContain("inbound.SFO.arrivals");
});

test("a restarted airport may differ, and others may lack what it did not send", () => {
  const actual = airports((all) => {
    all.ATL = emptyAirport();
    all.ORD = emptyAirport();
    arrived(all.ORD, "LAX", { minute: 3, delay: 7 });
  });
  expect(judge(airports(), actual, new Set(["ATL"]))).toEqual({
    exact: false,
    differences: [],
    restarted: ["ATL"],
    short: new Map([["ORD", 1]]),
  });
});

test("a restarted airport excuses no loss of what another one sent", () => {
  const actual = airports((all) => {
    all.ORD = emptyAirport();
    arrived(all.ORD, "ATL", { minute: 1, delay: 5 });
  });
  const { differences } = judge(airports(), actual, new Set(["ATL"]));
  expect(differences.map(({ figure }) => figure)).toContain("arrivals");
});

test("a restarted airport excuses no message told twice", () => {
  const actual = airports((all) => arrived(all.ORD, "ATL", { minute: 1, delay: 5 }));
  const { differences } = judge(airports(), actual, new Set(["ATL"]));
  expect(differences).toEqual([{ airport: "ORD", figure: "inbound.ATL.arrivals", expected: "at most 1", actual: 2 }]);
});

type Three = Record<"ATL" | "ORD" | "LAX", AirportState>;

/** One flight from ATL and one from LAX, both to ORD, and then what `change` makes of it. */
function airports(change: (all: Three) => void = () => undefined): Map<string, AirportState> {
  const all: Three = { ATL: emptyAirport(), ORD: emptyAirport(), LAX: emptyAirport() };
  departed(all.ATL, { to: "ORD", minute: 1, delay: 5, distance: 600 });
  arrived(all.ORD, "ATL", { minute: 1, delay: 5 });
  departed(all.LAX, { to: "ORD", minute: 3, delay: 7, distance: 1700 });
  arrived(all.ORD, "LAX", { minute: 3, delay: 7 });
  change(all);
  return new Map(Object.entries(all));
}
