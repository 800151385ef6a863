/*
 * Tells whether the operations on one actor could have happened one after the other, and if not, which of them could not.
 * Without it a test would have to say beforehand which replies a cluster with faults may give.
 */
import { has } from "./bit-set.js";
import type { Operation } from "./operation.js";
import { type Found, type Placed, Search } from "./search.js";
import type { SequentialModel } from "./sequential-model.js";
import { type Entry, Timeline } from "./timeline.js";
import { Transitions } from "./transitions.js";
import { valueKey } from "./value-key.js";

/** How many operations of the longest partial linearization a problem shows. */
const shownOperations = 12;
const shownChars = 120;
const defaultLimit = 1_000_000;

/** What a check of operations came to. */
export interface Linearization {
  /** `undecided`: nothing was found in as many steps as allowed. */
  readonly verdict: "linearizable" | "not linearizable" | "undecided";
  /** The linearization, or the longest partial one. */
  readonly order: readonly Operation[];
  /** The operations that cannot be next after it, one of which must be. */
  readonly unplaced: readonly Operation[];
  /** All of this in words; undefined when the operations are linearizable. */
  readonly problem: string | undefined;
}

/**
 * Checks the operations on one actor against its sequential model: linearizable are they when each can be given one moment between its
 * invocation and its return so that, done in this order, all replies are those of the model. One of unknown outcome may have any moment after its
 * invocation, or none; one that was refused has none. `initial`: the state before the first. `limit`: how many configurations to try before the
 * answer is `undecided`; default a million, some seconds. Operations on different actors are checked apart: each actor has its own order.
 */
export function checkLinearizable<State>(
  operations: readonly Operation[],
  model: SequentialModel & { readonly initial: State },
  { limit = defaultLimit }: { readonly limit?: number } = {},
): Linearization {
  const transitions = new Transitions(model.messages, model.initial);
  const timeline = new Timeline(operations, transitions);
  const found = new Search(transitions, timeline, limit).run();
  const { verdict } = found;
  const placed = path(found.longest);
  const order = placed.map(({ entry }) => entry.operation);
  if (verdict === "linearizable") return { verdict, order, unplaced: [], problem: undefined };
  const unplaced = [...timeline.pendingAt(found.returns)].filter(({ slot }) => !has(found.placed, slot));
  const problem = inWords(found, placed, unplaced, timeline, transitions);
  return { verdict, order, unplaced: unplaced.map(({ operation }) => operation), problem };
}

function path(longest: Placed | undefined): Placed[] {
  const placed: Placed[] = [];
  for (let at = longest; at !== undefined; at = at.before) placed.push(at);
  return placed.reverse();
}

function inWords(
  { verdict, state }: Found,
  placed: readonly Placed[],
  unplaced: readonly Entry[],
  timeline: Timeline,
  transitions: Transitions,
): string {
  const all = timeline.returned.length;
  const done = placed.filter(({ entry }) => entry.operation.outcome.kind === "returned").length;
  const head =
    verdict === "undecided"
      ? `no linearization was found within the limit of the search: at most ${done} of the ${all} operations that returned found a place`
      : `not linearizable: at most ${done} of the ${all} operations that returned can be placed`;
  const last = placed.slice(-shownOperations);
  const lines = last.map(({ entry, state: after }) => `${said(entry.operation)}  state ${short(transitions.shown(after))}`);
  const from = last.length < placed.length ? `, the last ${last.length} of which are` : "";
  const stuck = unplaced.map(({ operation, kind }) => {
    const model = transitions.said(state, kind);
    const would =
      model instanceof Error ? `throws ${short(String(model))}` : `replies ${"reply" in model ? shown(model.reply) : "anything"}`;
    return `${said(operation)}  the model ${would}`;
  });
  return [
    head,
    placed.length === 0 ? "in the first state" : `in this order${from}:`,
    ...lines.map((line) => `  ${line}`),
    `after it, in state ${short(transitions.shown(state))}, one of these must be next, and none can:`,
    ...stuck.map((line) => `  ${line}`),
  ].join("\n");
}

function said({ message, input, outcome, note }: Operation): string {
  const call = `${message}(${input === undefined ? "" : shown(input)})`;
  const reply = outcome.kind === "returned" ? shown(outcome.reply) : `? (outcome ${outcome.kind})`;
  return `${call} -> ${reply}${note === undefined ? "" : `  [${note}]`}`;
}

function shown(value: unknown): string {
  return short(value === undefined ? "nothing" : valueKey(value));
}

function short(text: string): string {
  return text.length <= shownChars ? text : `${text.slice(0, shownChars)}...`;
}
