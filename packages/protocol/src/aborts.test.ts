import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { Aborts } from "./aborts.js";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

test("many waits listen once to their signal, and not at all when the last has ended", () => {
  const { signal } = new AbortController();
  const aborts = new Aborts();
  const forget = Array.from({ length: 100 }, () => aborts.add(signal, () => {}));
  expect(listeners(signal)).toBe(1);
  for (const one of forget) one();
  expect(listeners(signal)).toBe(0);
  const again = aborts.add(signal, () => {});
  for (const one of forget) one();
  expect(listeners(signal)).toBe(1);
  again();
});

test("an abort reaches all that wait then, in their order, and none that ended before or comes back", () => {
  const controller = new AbortController();
  const aborts = new Aborts();
  const heard: string[] = [];
  const forget = aborts.add(controller.signal, () => heard.push("ended before"));
  const twice = (): void => void heard.push("twice");
  aborts.add(controller.signal, twice);
  const last: (() => void)[] = [];
  aborts.add(controller.signal, () => last.at(0)?.());
  last.push(aborts.add(controller.signal, () => heard.push("ended by one before it")));
  aborts.add(controller.signal, twice);
  forget();
  controller.abort();
  expect(heard).toEqual(["twice", "twice"]);
  aborts.add(controller.signal, () => heard.push("late"))();
  expect([heard.at(-1), listeners(controller.signal)]).toEqual(["late", 0]);
});
