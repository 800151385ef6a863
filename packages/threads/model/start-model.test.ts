import { describe, expect, test } from "vitest";
import type { Broken } from "./broken.js";
import { explore } from "./explore.js";
import type { Scope } from "./world.js";

const beside: Scope = { places: 2, unborn: true, homes: { x: 0, y: 1 }, messages: { x: 1, y: 1 }, moves: {} };
const ends: Scope = { ...beside, messages: { x: 2, y: 1 }, idles: 1 };
const alone: Scope = { ...beside, homes: { x: 0 }, messages: { x: 2 } };
const moves: Scope = { ...alone, moves: { a: 1 }, idles: 1 };
const dies: Scope = { ...alone, crashes: 1, mortal: [1] };

/** The scopes that are explored, and how many states each has. Its first message starts "a", on either place; it may end whenever nothing happens to it. */
const scopes: readonly (readonly [what: string, states: number, scope: Scope])[] = [
  ["two senders at once", 313, beside],
  ["two senders, three messages, an end", 17_440, ends],
  ["two senders, an end, the registry's news go to all", 16_646, { ...beside, idles: 1, news: true }],
  ["one sender, three messages, two ends", 3_166, { ...alone, messages: { x: 3 }, idles: 2 }],
  ["one sender, an end, slow handlers", 404, { ...alone, idles: 1, slow: true }],
  ["two senders, a move", 10_137, { ...beside, moves: { a: 1 } }],
  ["one sender, a move, an end", 8_809, moves],
  ["one sender, a move that may fail, an end", 21_708, { ...moves, failures: 1 }],
  ["one sender, a place dies", 734, dies],
  ["one sender, an end, a place dies", 7_287, { ...dies, idles: 1 }],
];

/** Too large for every day: EXPLORE=large. */
const large: readonly (readonly [what: string, states: number, scope: Scope])[] = [
  ["two senders, two ends", 54_171, { ...beside, idles: 2 }],
  ["one sender, two moves, an end", 101_826, { ...moves, moves: { a: 2 } }],
];

describe("its first message starts an actor, whoever sends it and whenever it ends: no two lives, no message lost, doubled or overtaken", () => {
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
  const rules: readonly (readonly [without: string, broken: Broken, scope: Scope, wrong: RegExp])[] = [
    ["a start under way takes its id", { startsTwice: true }, beside, /two lives of a|another life/],
    ["what comes to an actor that ends goes to its next life", { endsWithMail: true }, ends, /neither handled nor lost|is due/],
    ["what comes back goes first", { heldFirst: true }, { ...alone, messages: { x: 3 }, idles: 2 }, /is due/],
    ["an actor that has ended is not listed by late news", { endsForgotten: true }, moves, /which has ended|waits for/],
    ["an end may come before the word of the start", { endsTooEarly: true }, ends, /which has ended|waits for/],
    ["a fresh start is above all earlier lives", { startsAtOne: true }, ends, /number 1 again/],
  ];
  test.each(rules)(
    "%s",
    (_without, broken, scope, wrong) => {
      expect(explore(scope, broken).counterexample?.wrong.join()).toMatch(wrong);
    },
    600_000,
  );
});
