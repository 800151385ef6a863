import fc from "fast-check";
import { expect, test } from "vitest";
import { checkedFrame, isHotFrame } from "./checked-frame.js";
import { bytes, error, id, place } from "./fixtures/sample.js";
import { Frame } from "./frames.js";

const header = { trace: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }, context: bytes };
const fitting: readonly (readonly unknown[])[] = [
  [0, id, 3, "add", bytes, place, "other", 7, 250],
  [0, id, 0, "", { by: [1, { two: null }] }, null, null, 0, 0, null],
  [0, id, 3, "add", undefined, null, null, 0, 0.5, "cart", header],
  [1, 7, 3, bytes],
  [17, 7, 3, { total: 1 }],
  [17, 7, 0, undefined],
];
const parts = [
  ...[undefined, null, true, -1, 0, 1, 7, 1.5, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY, -0, 5n],
  ...["", "a", "x".repeat(513), "\ud800", place, "../etc", "node@1/0"],
  ...[bytes, [bytes], { at: new Date(1) }, { n: 1 }, Object.assign(Array(3), { 0: 1 }), header, { trace: 1 }, error],
];

test.each(fitting.map((frame) => ({ frame })))("$frame is known at a look", ({ frame }) => {
  expect(isHotFrame(frame)).toBe(true);
  expect(checkedFrame(frame)).toStrictEqual(Frame.parse(frame));
});

test("what is let through at a look, or by the schema of its kind, is what the schemas of all frames let through", () => {
  const changed = fc
    .tuple(fc.constantFrom(...fitting), fc.nat(11), fc.constantFrom<unknown>(...parts), fc.boolean())
    .map(([frame, at, part, cut]) => {
      const other: unknown[] = [...frame];
      if (cut) other.length = at;
      else other[at] = part;
      return Array.from(other);
    });
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(changed, (frame) => {
      const all = Frame.safeParse(frame);
      if (isHotFrame(frame)) expect(all.success).toBe(true);
      if (all.success) {
        taken++;
        expect(checkedFrame(frame)).toStrictEqual(all.data);
      } else {
        refused++;
        expect(() => checkedFrame(frame)).toThrow(Error);
      }
    }),
    { numRuns: 5_000 },
  );
  expect([taken > 500, refused > 500]).toEqual([true, true]);
});

test("what is no frame at all is refused", () => {
  for (const frame of [undefined, null, 5, "x", [], [99], ["0"], {}, { type: "format" }, [Symbol.iterator]])
    expect(() => checkedFrame(frame)).toThrow(Error);
});
