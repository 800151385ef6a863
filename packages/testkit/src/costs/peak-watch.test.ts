import { expect, test } from "vitest";
import type { SimNode } from "../simulation.js";
import { PeakWatch } from "./peak-watch.js";

const traffic = (datagrams: number) => ({ sent: datagrams, sentBytes: datagrams * 10, received: datagrams, receivedBytes: 0 });

test("the busiest second of any node counts, of one that came later and of a node's next life too", () => {
  const totals = [0, 100];
  const sim = {
    get nodes() {
      return totals.map(() => ({}) as SimNode);
    },
    traffic: (index: number) => traffic(totals[index] ?? 0),
  };
  const watch = new PeakWatch(sim, 2);
  const look = (...next: number[]) => {
    totals.splice(0, totals.length, ...next);
    watch.look();
    return watch.most;
  };
  expect(look(3, 100)).toEqual({ datagrams: 6, bytes: 30 });
  expect(look(5, 101)).toEqual({ datagrams: 10, bytes: 50 });
  // The first look is more than a second ago.
  expect(look(6, 102)).toEqual({ datagrams: 10, bytes: 50 });
  expect(look(6, 102, 8)).toEqual({ datagrams: 16, bytes: 80 });
  // Another life of the second node, which counts from zero.
  expect(look(6, 9, 8)).toEqual({ datagrams: 18, bytes: 90 });
});
