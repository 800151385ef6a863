import { describe, expect, test } from "vitest";
import type { Broken } from "./broken.js";
import { explore } from "./explore.js";
import type { Scope } from "./world.js";

const two: Scope = { places: 2, homes: { a: 0, x: 0, y: 1 }, messages: { x: 2, y: 1 }, moves: { a: 1 } };
const three: Scope = { ...two, places: 3, homes: { a: 0, x: 1, y: 2 } };
const far: Scope = { ...three, homes: { a: 0, y: 2 }, messages: { y: 3 } };

/** The scopes that are explored, and how many states each has: another number means that the protocol, or its model, has changed. */
const scopes: readonly (readonly [what: string, states: number, scope: Scope])[] = [
  ["two places, five messages", 16_034, { ...two, messages: { x: 3, y: 2 } }],
  ["two places, two moves", 44_145, { ...two, moves: { a: 2 } }],
  ["two places, no route known", 4_422, { ...two, unknown: true }],
  ["two places, slow handlers", 3_157, { ...two, slow: true }],
  ["two places, a failure at any step, slow handlers", 10_345, { ...two, messages: { x: 1, y: 2 }, slow: true, failures: 1 }],
  ["two places, an early retry", 4_529, { ...two, retries: 1 }],
  ["two places, forwarding entries that expire", 7_242, { ...two, sweeps: 1 }],
  ["two places, a sender that moves", 41_514, { ...two, moves: { a: 1, x: 1 } }],
  [
    "three places, the sender beside the actor that leaves",
    29_900,
    { ...three, homes: { a: 0, x: 0 }, messages: { x: 3 }, moves: { a: 2 } },
  ],
  ["three places, a failure at any step", 24_174, { ...three, failures: 1 }],
  ["three places, a sender that moves", 58_703, { ...three, homes: { a: 0, x: 1 }, messages: { x: 2 }, moves: { a: 1, x: 1 } }],
];

/** Too large for every day: EXPLORE=large takes minutes, and some gigabytes (NODE_OPTIONS=--max-old-space-size=6000). */
const large: readonly (readonly [what: string, states: number, scope: Scope])[] = [
  ["three places, forwarding entries that expire", 108_607, { ...three, sweeps: 1 }],
  ["two places, three moves", 321_267, { ...two, moves: { a: 3 } }],
];

describe("whatever the order of events: no message lost, doubled or overtaken, no deadlock, one life, no number twice", () => {
  test.each(process.env.EXPLORE === "large" ? [...scopes, ...large] : scopes)(
    "%s: %i states",
    (what, states, scope) => {
      const explored = explore(scope);
      process.stdout.write(`${what}: ${explored.states} states, ${explored.ends} ends\n`);
      expect(explored.counterexample).toBeUndefined();
      expect(explored.states).toBe(states);
    },
    3_600_000,
  );
});

describe("each rule is needed: without it, the exploration finds what goes wrong", () => {
  const back: Scope = { ...two, messages: { y: 2 }, moves: { a: 2 } };
  const slow: Scope = { ...two, messages: { y: 3 }, slow: true };
  const rules: readonly (readonly [without: string, broken: Broken, scope: Scope, wrong: RegExp])[] = [
    ["a marker before a new route is taken", { noMarker: true }, far, /y2 when y1/],
    [
      "settling what a moving sender has sent",
      { noSettling: true },
      { ...far, messages: { y: 2 }, moves: { y: 1 } },
      /y2 when y1/,
    ],
    ["a marker that is answered by the running actor only", { oldPlaceAnswers: true }, far, /y2 when y1/],
    ["addresses by epoch", { byPlace: true }, back, /y2 when y1/],
    ["forwarding hop by hop", { shortCut: true }, { ...back, moves: { a: 3 } }, /y2 when y1/],
    ["an expiry that waits for what was forwarded", { expiresAtOnce: true }, { ...far, sweeps: 1 }, /y2 when y1/],
    ["bounced messages before held ones", { heldFirst: true, expiresAtOnce: true }, { ...slow, sweeps: 1 }, /y2 when y1/],
    [
      "news of a move behind all that was kept with its message",
      { newsFirst: true },
      { ...three, homes: { a: 0, x: 0 }, messages: { x: 3 }, moves: { a: 2 } },
      /x3 when x2/,
    ],
    ["a fresh epoch for an actor that is taken back", { sameEpoch: true }, { ...two, failures: 1 }, /number 1 again/],
    ["the mailbox in the transfer", { noMailbox: true }, slow, /y3 when y2/],
    ["arrivals behind the mailbox", { arrivalsFirst: true }, { ...slow, failures: 1 }, /y3 when y2/],
    ["a commit", { runsUncommitted: true }, { ...two, failures: 1 }, /two lives of a/],
  ];
  test.each(rules)(
    "%s",
    (_without, broken, scope, wrong) => {
      expect(explore(scope, broken).counterexample?.wrong.join()).toMatch(wrong);
    },
    600_000,
  );
});
