import { HubConfigError } from "@process-hub/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkLinearizable } from "./check-linearizable.js";
import { isLinearizable } from "./fixtures/brute-force.js";
import { bag, counter, lost, op, register } from "./fixtures/register.js";
import type { Operation } from "./operation.js";
import type { ModelStep, SequentialModel } from "./sequential-model.js";

type Model = SequentialModel & { readonly initial: unknown };

const verdict = (operations: readonly Operation[], model: Model = register) => checkLinearizable(operations, model).verdict;
const ok = "linearizable";
const wrong = "not linearizable";

describe("linearizable", () => {
  test.each<[string, readonly Operation[], Model?]>([
    ["nothing at all", []],
    ["one after the other", [op("write", 1, 0, 1), op("read", undefined, 2, 3, 1)]],
    ["a read beside a write, of before", [op("write", 1, 0, 9), op("read", undefined, 1, 2, 0)]],
    ["a read beside a write, of after", [op("write", 1, 0, 9), op("read", undefined, 1, 2, 1)]],
    ["instants that are equal count as beside", [op("write", 1, 0, 5), op("read", undefined, 5, 6, 0)]],
    ["a lost write that was done late", [lost("write", 1, 0), op("read", undefined, 5, 6, 0), op("read", undefined, 7, 8, 1)]],
    ["a lost write that never was", [lost("write", 1, 0), op("read", undefined, 5, 6, 0)]],
    ["a refused write", [lost("write", 1, 0, "refused"), op("read", undefined, 5, 6, 0)]],
    ["of two lost additions one was done", [lost("add", 2, 0), lost("add", 2, 1), op("read", undefined, 5, 6, 2)], counter],
    ["a message that is no operation", [op("paint", "red", 0, 1), op("read", undefined, 2, 3, 0)]],
    [
      "equal Maps in another order",
      [
        op(
          "same",
          new Map([
            [1, 2],
            [3, 4],
          ]),
          0,
          1,
          { b: 1, a: undefined, c: new Set([1, 2]) },
        ),
      ],
      {
        initial: 0,
        messages: { same: (state) => ({ state, reply: { c: new Set([2, 1]), b: 1 } }) },
      },
    ],
  ])("%s", (_, operations, model) => expect(verdict(operations, model)).toBe(ok));
});

describe("not linearizable", () => {
  test.each<[string, readonly Operation[], Model?]>([
    ["a stale read", [op("write", 1, 0, 1), op("read", undefined, 2, 3, 0)]],
    [
      "two reads that see a write, and then do not",
      [op("write", 1, 0, 9), op("read", undefined, 1, 2, 1), op("read", undefined, 3, 4, 0)],
    ],
    ["a lost update", [op("add", 1, 0, 3, 1), op("add", 1, 1, 4, 1)], counter],
    ["a duplicate effect", [op("add", 1, 0, 3, 1), op("read", undefined, 5, 6, 2)], counter],
    [
      "a duplicate effect of one that is lost",
      [lost("add", 1, 0), op("read", undefined, 1, 2, 1), op("read", undefined, 5, 6, 2)],
      counter,
    ],
    ["an effect of one that was refused", [lost("add", 1, 0, "refused"), op("read", undefined, 5, 6, 1)], counter],
    ["an effect before its invocation", [op("read", undefined, 0, 1, 1), lost("add", 1, 2)], counter],
    ["two swaps that both won", [op("swap", { from: 0, to: 1 }, 0, 5, true), op("swap", { from: 0, to: 2 }, 1, 6, true)]],
    ["a reply where the model throws", [op("take", undefined, 0, 1, 5)], bag],
  ])("%s", (_, operations, model) => expect(verdict(operations, model)).toBe(wrong));
});

/** Has operations with each model: what may be asked, with which inputs. */
const inputs: readonly (readonly [Model, readonly (readonly [string, unknown])[], readonly unknown[]])[] = [
  [
    register,
    [
      ["write", 1],
      ["write", 2],
      ["read", undefined],
      ["swap", { from: 1, to: 2 }],
      ["swap", { from: 0, to: 1 }],
    ],
    [0, 1, 2, true, false, undefined],
  ],
  [
    counter,
    [
      ["add", 1],
      ["add", 2],
      ["read", undefined],
    ],
    [0, 1, 2, 3, 4],
  ],
  [
    bag,
    [
      ["put", 1],
      ["put", 2],
      ["has", 1],
      ["has", 2],
      ["take", undefined],
    ],
    [1, 2, true, false, undefined],
  ],
];

/** Any operations at all, of instants 0 to 11. */
const anything = fc.constantFrom(...inputs).chain(([model, calls, replies]) =>
  fc.tuple(
    fc.constant(model),
    fc.array(
      fc
        .tuple(fc.constantFrom(...calls), fc.nat(8), fc.nat(5), fc.constantFrom(...replies), fc.nat(9))
        .map(([[message, input], from, takes, reply, fate]) =>
          fate < 2
            ? lost(message, input, from, fate === 0 ? "refused" : "unknown")
            : op(message, input, from, from + takes, reply),
        ),
      { maxLength: 6 },
    ),
  ),
);

/** Operations that were done one after the other, seen by callers that overlap: each around its moment. Some lost their outcome. */
const overlapping = (max: number) =>
  fc
    .constantFrom(...inputs)
    .chain(([model, calls]) =>
      fc.tuple(
        fc.constant(model),
        fc.array(fc.tuple(fc.constantFrom(...calls), fc.nat(40), fc.nat(40), fc.nat(9)), { maxLength: max }),
      ),
    );

function seen(model: Model, draws: readonly (readonly [readonly [string, unknown], number, number, number])[]): Operation[] {
  let state = model.initial;
  return draws.flatMap(([[message, input], before, after, fate], moment) => {
    const at = moment * 10;
    if (fate === 0) return [lost(message, input, at - before, "refused")];
    let step: ModelStep<unknown>;
    try {
      step = (model.messages[message] as (state: unknown, input: unknown) => ModelStep<unknown>)(state, input);
    } catch {
      return [];
    }
    state = step.state;
    return [fate === 1 ? lost(message, input, at - before) : op(message, input, at - before, at + after, step.reply)];
  });
}

describe("by property", () => {
  test("any handful of operations is judged as the trial of all orders judges it", () => {
    const verdicts = { [ok]: 0, [wrong]: 0 };
    fc.assert(
      fc.property(anything, ([model, operations]) => {
        const expected = isLinearizable(operations, model) ? ok : wrong;
        verdicts[expected]++;
        expect(verdict(operations, model)).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(300);
  });

  test("so it is under any model of a few states: a table of what each message makes of each, and replies, or throws", () => {
    const cell = fc.record({ state: fc.nat(3), reply: fc.option(fc.nat(2), { nil: undefined }), throws: fc.nat(7) });
    const four = <T>(part: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(part, { minLength: 4, maxLength: 4 });
    const calls = fc.array(fc.tuple(fc.nat(3), fc.nat(9), fc.nat(6), fc.nat(2), fc.nat(9)), { maxLength: 7 });
    fc.assert(
      fc.property(four(four(cell)), calls, (columns, draws) => {
        const step = (column: (typeof columns)[number] | undefined, at: number): ModelStep<number> => {
          const { state = 0, reply, throws } = column?.[at] ?? {};
          if (throws === 0) throw new Error("as the table has it");
          return reply === undefined ? { state } : { state, reply };
        };
        const messages = Object.fromEntries(columns.map((column, n) => [`m${n}`, (at: number) => step(column, at)]));
        const operations = draws.map(([n, from, takes, reply, fate]) =>
          fate < 3
            ? lost(`m${n}`, undefined, from, fate === 0 ? "refused" : "unknown")
            : op(`m${n}`, undefined, from, from + takes, reply),
        );
        const model = { initial: 0, messages };
        expect(verdict(operations, model)).toBe(isLinearizable(operations, model) ? ok : wrong);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a history near a right one is judged so too", () => {
    fc.assert(
      fc.property(
        overlapping(7),
        fc.nat(6),
        fc.constantFrom<unknown>(0, 1, 2, 3, true, false),
        ([model, draws], index, reply) => {
          const operations = seen(model, draws).map((one, at) =>
            at === index && one.outcome.kind === "returned" ? { ...one, outcome: { ...one.outcome, reply } } : one,
          );
          expect(verdict(operations, model)).toBe(isLinearizable(operations, model) ? ok : wrong);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("what was done in order is accepted, however the calls overlap", () => {
    fc.assert(
      fc.property(overlapping(80), ([model, draws]) => {
        const operations = seen(model, draws);
        const { verdict: said, order } = checkLinearizable(operations, model);
        expect(said).toBe(ok);
        const returned = operations.filter(({ outcome }) => outcome.kind === "returned");
        expect(order.filter(({ outcome }) => outcome.kind === "returned")).toHaveLength(returned.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("thousands of operations take no time to speak of", () => {
  const within = (ms: number, work: () => void): void => {
    const { user } = process.cpuUsage();
    work();
    expect(process.cpuUsage({ user, system: 0 }).user / 1_000).toBeLessThan(ms);
  };
  /** `clients` callers, each of which calls as soon as it has its reply. */
  const busy = (count: number, clients: number, call: (n: number) => readonly [string, unknown], model: Model): Operation[] => {
    const draws = Array.from(
      { length: count },
      (_, n) => [call(n), (n * 7) % (clients * 5), (n * 3) % (clients * 5), 9] as const,
    );
    return seen(model, draws);
  };

  test("5,000 of 8 callers, right and wrong", () => {
    const mixed = (n: number) => (n % 3 === 0 ? (["read", undefined] as const) : (["write", n % 50] as const));
    const operations = busy(5_000, 8, mixed, register);
    const at = operations.findIndex(({ message, invokedAt }) => message === "read" && invokedAt > 40_000);
    const read = operations[at] as Operation;
    const stale = operations.with(at, { ...read, outcome: { kind: "returned", at: read.invokedAt + 1, reply: 777 } });
    within(4_000, () => {
      expect(verdict(operations)).toBe(ok);
      expect(verdict(stale)).toBe(wrong);
    });
  });

  test("500 lost additions among 4,000, and one that was done twice", () => {
    const operations = busy(4_000, 10, () => ["add", 1], counter).map((one, at) =>
      at % 8 === 0 ? lost(one.message, one.input, one.invokedAt) : one,
    );
    const last = operations.length * 10 + 1_000;
    within(4_000, () => {
      expect(verdict([...operations, op("read", undefined, last, last + 1, 4_000)], counter)).toBe(ok);
      expect(verdict([...operations, op("read", undefined, last, last + 1, 4_001)], counter)).toBe(wrong);
    });
  });

  test("40 reads at once, of a value that is not there any more", () => {
    const reads = Array.from({ length: 40 }, (_, n) => op("read", undefined, 10 + n, 100 + n, 1));
    const history = [op("write", 1, 0, 5), op("write", 2, 11, 150), ...reads];
    within(4_000, () => {
      expect(verdict(history)).toBe(ok);
      expect(verdict([...history, op("read", undefined, 200, 201, 1)])).toBe(wrong);
    });
  });
});

test("a failure says how far it came, and what cannot be next", () => {
  const { problem, order, unplaced } = checkLinearizable(
    [op("add", 2, 0, 1, 2), { ...op("read", undefined, 2, 3, 5), note: "node-0" }, op("add", 1, 4, 5, 3)],
    counter,
  );
  expect([order.length, unplaced.length]).toEqual([1, 1]);
  expect(problem).toBe(
    [
      "not linearizable: at most 1 of the 3 operations that returned can be placed",
      "in this order:",
      "  add(2) -> 2  state 2",
      "after it, in state 2, one of these must be next, and none can:",
      "  read() -> 5  [node-0]  the model replies 2",
    ].join("\n"),
  );
});

test("a search that does not end within its limit says so", () => {
  const writes = Array.from({ length: 30 }, (_, n) => op("write", n + 1, 0, 100));
  const { verdict: said, problem } = checkLinearizable([...writes, op("read", undefined, 200, 201, 0)], register, {
    limit: 1_000,
  });
  expect(said).toBe("undecided");
  expect(problem).toMatch(/^no linearization was found within the limit/);
});

describe("what cannot be checked is a HubConfigError", () => {
  const model = (add: (items: number[], item: number) => ModelStep<unknown>): Model => ({ initial: [], messages: { add } });

  test("a model that changes the state it was given", () => {
    const careless = model((items, item) => ({ state: items, reply: items.push(item) }));
    expect(() => checkLinearizable([op("add", 1, 0, 1)], careless)).toThrow(HubConfigError);
    expect(() => checkLinearizable([op("add", 1, 0, 1)], careless)).toThrow("changed the state it was given");
  });

  test("a model that returns no step", () => {
    const none = model(() => undefined as unknown as ModelStep<unknown>);
    expect(() => checkLinearizable([op("add", 1, 0, 1)], none)).toThrow("returns { state, reply }");
  });

  test("an operation that ends before it begins", () => {
    expect(() => checkLinearizable([op("read", undefined, 2, 1, 0)], register)).toThrow("end after their invocation");
  });
});
