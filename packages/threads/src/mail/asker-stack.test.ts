import { withoutStack } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { rejectionAtAsker } from "./asker-stack.js";

/** An ask as a mailer makes it, which fails in a later turn of the event loop, where nothing of its asker is on the stack. */
function failing(error: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(rejectionAtAsker(error)));
  });
}

async function buysTickets(error: unknown): Promise<unknown> {
  return await failing(error);
}

const failure = (promise: Promise<unknown>): Promise<Error> => promise.then(Promise.reject, (error: Error) => error);
const quiet = (text: string): Error => withoutStack(() => new RangeError(text));

// A source map's view of a stack, as a test runner has it, leaves the word `async` out.

test("the error of an ask shows its asker, below where it was thrown", async () => {
  const thrown = new RangeError("sold out");
  const lines = thrown.stack?.split("\n") ?? [];
  const error = await failure(buysTickets(thrown));
  expect(error).toBe(thrown);
  const stack = error.stack?.split("\n") ?? [];
  expect(stack.slice(0, lines.length)).toEqual(lines);
  expect(stack[lines.length]).toMatch(/^ {4}at (async )?buysTickets .*asker-stack\.test\.ts:\d+:\d+/);
  expect(error.stack).not.toContain("rejectionAtAsker");
});

test("one without a stack of its own shows the asker alone, and of several asks each its own", async () => {
  const asks = [quiet("a"), quiet("b")].map((error) => failure(buysTickets(error)));
  for (const [i, error] of (await Promise.all(asks)).entries())
    expect(error.stack).toMatch(new RegExp(`^RangeError: ${"ab"[i]}\n {4}at (async )?buysTickets`));
});

test("through Promise.all too; an ask that nobody awaits yet stays as it was", async () => {
  const both = async (): Promise<unknown> => await Promise.all([failing(quiet("x")), 1]);
  expect((await failure(both())).stack).toMatch(/at (async )?Promise\.all.*\n {4}at (async )?both/);
  const unawaited = failing(quiet("y"));
  const later = failure(unawaited.catch((error: unknown) => Promise.reject(error)));
  expect((await later).stack).toMatch(/^RangeError: y/);
});

test("the stack can be set, is no key of the error, and is copied with it", async () => {
  const error = await failure(buysTickets(quiet("x")));
  expect(Object.keys(error)).toEqual([]);
  expect(structuredClone(error).stack).toContain("buysTickets");
  const other = await failure(buysTickets(quiet("y")));
  other.stack = "mine";
  expect(other.stack).toBe("mine");
});

test("what is no error is passed on", async () => {
  await expect(failing("text")).rejects.toBe("text");
});
