import { counterNames } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { LossAccounting } from "./loss-accounting.js";

type Counters = Parameters<LossAccounting["died"]>[1];
const counters = (some: Partial<Counters>): Counters => ({
  ...(Object.fromEntries(counterNames.map((name) => [name, 0])) as Counters),
  ...some,
});

describe("losses", () => {
  test("are what a thread had in it, and what was on the way to it", () => {
    const lossAccounting = new LossAccounting();
    const counted: number[] = [];
    lossAccounting.relayed("t", 4);
    lossAccounting.died("t", counters({ received: 10, sent: 2, handled: 6, posted: 1 }), ["main", "u"], (lost) =>
      counted.push(lost),
    );
    lossAccounting.postedToDead("main", "t", 5);
    lossAccounting.postedToDead("main", "t", 99);
    expect(counted).toEqual([]);
    lossAccounting.postedToDead("u", "t", 7);
    // Inside: 10 + 2 - 6 - 1 = 5. On the way: 4 relayed + 5 + 7 posted, of which 10 were received.
    expect(counted).toEqual([11]);
  });

  test("are never fewer than none, whatever a packet of another node said of its size", () => {
    const lossAccounting = new LossAccounting();
    const counted: number[] = [];
    lossAccounting.died("t", counters({ received: 1, handled: 4 }), ["main"], (lost) => counted.push(lost));
    lossAccounting.postedToDead("main", "t", 1);
    expect(counted).toEqual([0]);
  });

  test("do not wait for a neighbour that died as well", () => {
    const lossAccounting = new LossAccounting();
    const counted: string[] = [];
    lossAccounting.died("t", counters({ received: 3 }), ["u"], (lost) => counted.push(`t ${lost}`));
    lossAccounting.died("u", counters({ received: 1, handled: 1 }), ["main"], (lost) => counted.push(`u ${lost}`));
    lossAccounting.postedToDead("main", "u", 1);
    expect(counted).toEqual(["t 3", "u 0"]);
  });
});
