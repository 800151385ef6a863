import { stateTable } from "@process-hub/protocol";
import { docsSection } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import {
  afterAnswer,
  afterBounce,
  afterHold,
  countsAnswer,
  endsHold,
  isNews,
  mustWait,
  type RouteSurroundings,
  type RouteView,
  routeStates,
  sendOrder,
} from "./route-state.js";

const route = (view: Partial<RouteView<string>> = {}): RouteView<string> => ({
  ...{ state: "open", place: "x", epoch: 5, newestPlace: undefined, newestEpoch: 0, markerId: 0 },
  ...view,
});
const around = ({ gone = "", drained = true, fenced = false } = {}): RouteSurroundings<string> => ({
  isGone: (place) => place === gone,
  allDrained: () => drained,
  isFenced: () => fenced,
});

test("the table in the docs is this table", () => {
  const table = stateTable(routeStates);
  expect(docsSection("states.md", "states:route", table)).toBe(table);
});

test("news is of an epoch later than the route's, and later than the newest heard of", () => {
  const view = route({ newestPlace: "y", newestEpoch: 7 });
  expect([5, 6, 7, 8].map((epoch) => isNews(view, epoch))).toEqual([false, false, false, true]);
  expect([5, 6].map((epoch) => isNews(route(), epoch))).toEqual([false, true]);
});

test("the registry's answer counts unless the route has heard of a newer place", () => {
  expect([6, 7].map((epoch) => countsAnswer(route({ newestPlace: "y", newestEpoch: 7 }), epoch))).toEqual([false, true]);
  expect(countsAnswer(route(), 1)).toBe(true);
});

test("a route waits while a dead place that it sent by is undrained, and while its node is fenced; a new one waits for no drain", () => {
  expect(mustWait(route(), around())).toBe(false);
  expect(mustWait(route(), around({ drained: false }))).toBe(true);
  expect(mustWait(route({ place: undefined }), around({ drained: false }))).toBe(false);
  expect(mustWait(route({ place: null }), around({ fenced: true }))).toBe(true);
});

test("an answer is stale when it names a place that is gone, or the one that the route has by the same epoch", () => {
  const after = (newestPlace: string | undefined, newestEpoch: number, gone?: string) =>
    afterAnswer(route({ state: "resolving", newestPlace, newestEpoch }), around(gone === undefined ? {} : { gone }));
  expect([after(undefined, 0), after("x", 5), after("y", 6, "y")]).toEqual(["gone", "stale", "stale"]);
  expect([after("x", 6), after("y", 4)]).toEqual(["open", "open"]);
});

test("the first marker of a hold or a later one ends it, and nothing ends what does not hold", () => {
  const view = route({ state: "holding", markerId: 3 });
  expect([2, 3, 4].map((markerId) => endsHold(view, markerId))).toEqual([false, true, true]);
  expect(endsHold(route({ markerId: 3 }), 3)).toBe(false);
});

test("a hold ends in the newest place known; in the registry when there is none, or it is gone, or a dead place is undrained", () => {
  const view = route({ state: "holding", newestPlace: "y", newestEpoch: 6 });
  expect(afterHold(view, false, around())).toBe("open");
  expect(afterHold(route({ state: "holding" }), true, around())).toBe("resolving");
  expect(afterHold(view, true, around({ gone: "y" }))).toBe("resolving");
  expect(afterHold(view, false, around({ drained: false }))).toBe("resolving");
  expect(afterHold(view, true, around({ drained: false }))).toBe("open");
  expect(afterHold(view, true, around({ fenced: true }))).toBe("resolving");
});

test("a message that comes back is overtaken when its sender may have sent more by a later epoch; goes on at once by a newer route; else waits", () => {
  const after = (epoch: number, view: Partial<RouteView<string>>, sentEpoch: number, fenced = false) =>
    afterBounce({ ...route(view), sentEpoch }, epoch, around({ fenced }));
  expect(after(4, {}, 5)).toBe("overtaken");
  expect(after(4, {}, 4)).toBe("again");
  expect(after(4, {}, 4, true)).toBe("held");
  expect(after(5, {}, 5)).toBe("held");
  expect(after(4, { state: "holding" }, 4)).toBe("held");
});

test("what came back is sent before what was never sent", () => {
  expect(sendOrder({ bounced: [1, 2], held: [3] })).toEqual([1, 2, 3]);
});
