import { expect, test } from "vitest";
import { until } from "./until.js";

test("resolves as soon as the check is true, whatever it said or threw before", async () => {
  const answers = [false, new Error("not yet"), 0, true];
  await until("the answer is true", () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  expect(answers).toEqual([]);
});

test("rejects at the deadline with the reason and the last answer", async () => {
  await expect(until("it is done", () => ({ done: 3 }), 1)).rejects.toThrow('not within 1 ms: it is done; last: {"done":3}');
  const failing = until(
    "it is done",
    () => {
      throw new RangeError("gone");
    },
    1,
  );
  await expect(failing).rejects.toThrow("last: RangeError: gone");
});
