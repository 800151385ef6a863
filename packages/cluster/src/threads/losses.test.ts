import { counterNames } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { Losses } from "./losses.js";

type Counters = Parameters<Losses["died"]>[1];
const counters = (some: Partial<Counters>): Counters => ({
  ...(Object.fromEntries(counterNames.map((name) => [name, 0])) as Counters),
  ...some,
});

describe("losses", () => {
  test("are what a thread had in it, and what was on the way to it", () => {
    const losses = new Losses();
    const counted: number[] = [];
    losses.relayed("t", 4);
    losses.died("t", counters({ received: 10, sent: 2, handled: 6, posted: 1 }), ["main", "u"], (lost) => counted.push(lost));
    losses.severed("main", "t", 5);
    losses.severed("main", "t", 99);
    expect(counted).toEqual([]);
    losses.severed("u", "t", 7);
    // Inside: 10 + 2 - 6 - 1 = 5. On the way: 4 relayed + 5 + 7 posted, of which 10 were received.
    expect(counted).toEqual([11]);
  });

  test("do not wait for a neighbour that died as well", () => {
    const losses = new Losses();
    const counted: string[] = [];
    losses.died("t", counters({ received: 3 }), ["u"], (lost) => counted.push(`t ${lost}`));
    losses.died("u", counters({ received: 1, handled: 1 }), ["main"], (lost) => counted.push(`u ${lost}`));
    losses.severed("main", "u", 1);
    expect(counted).toEqual(["t 3", "u 0"]);
  });
});
