import { expect, test } from "vitest";
import { type Evidence, endOf, judged } from "./verdict.js";

const run = { program: "sieve", threads: 2, size: "small", messages: 100, ms: 5, lost: 0 } as const;
const clean: Evidence = { ...run, end: { result: [1, 2] }, expected: [1, 2], complaints: [] };

test("a result that equals the expected one, with nothing lost, is exact", () => {
  expect(judged(clean)).toEqual({ ...run, exact: true });
});

test("a result that differs is not, not even in the sign of a zero", () => {
  expect(judged({ ...clean, end: { result: [1, 3] } })).toMatchObject({ exact: false, why: "expected [ 1, 2 ], got [ 1, 3 ]" });
  expect(judged({ ...clean, end: { result: -0 }, expected: 0 }).exact).toBe(false);
});

test("nor is one that came out right although messages were lost", () => {
  expect(judged({ ...clean, lost: 7, complaints: ["7 MailboxFull"] })).toMatchObject({
    exact: false,
    lost: 7,
    why: "7 MailboxFull",
  });
  expect(judged({ ...clean, lost: 7 })).toMatchObject({ exact: false, lost: 7 });
});

test("nor is one of a hub that broke an invariant", () => {
  expect(judged({ ...clean, complaints: ["1 a rule"] })).toMatchObject({ exact: false, why: "1 a rule" });
});

test("a run that fails, or does not end, says so", async () => {
  expect(await endOf(Promise.resolve(5), 20_000)).toEqual({ result: 5 });
  const failed = await endOf(Promise.reject(new RangeError("as told")), 20_000);
  expect(judged({ ...clean, end: failed })).toMatchObject({ exact: false, why: "RangeError: as told" });
  expect(await endOf(new Promise(() => {}), 1)).toEqual({ failed: "no result within 1 ms" });
});
