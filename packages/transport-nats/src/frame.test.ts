import fc from "fast-check";
import { expect, test } from "vitest";
import { Framer, maxHeaderBytes, parseFrame } from "./frame.js";

const name = fc.stringMatching(/^[\w.-]{1,200}$/);
const payload = fc.uint8Array({ minLength: 1, maxLength: 3_000 });

test("what goes in comes out, in frames no longer than the server takes", () => {
  fc.assert(
    fc.property(name, payload, fc.integer({ min: 2 * maxHeaderBytes, max: 4_000 }), (from, bytes, maxBytes) => {
      const frames = new Framer(from, "0123456789ab").frames(bytes, maxBytes);
      expect(frames.every(({ length }) => length <= maxBytes)).toBe(true);
      const parsed = frames.map((frame) => parseFrame(frame));
      expect(parsed.map((frame) => [frame?.from, frame?.life])).toEqual(frames.map(() => [from, "0123456789ab"]));
      expect(Buffer.concat(parsed.map((frame) => frame?.bytes ?? new Uint8Array())).equals(Buffer.from(bytes))).toBe(true);
      if (frames.length > 1)
        expect(parsed.map((frame) => frame?.piece)).toEqual(
          frames.map((_, index) => ({ message: 1, index, count: frames.length })),
        );
    }),
  );
});

test("each split payload has a number of its own", () => {
  const framer = new Framer("a", "0123456789ab");
  const numbers = [1, 2].map(() => parseFrame(framer.frames(new Uint8Array(2_000), 1_000)[0] as Uint8Array)?.piece?.message);
  expect(numbers).toEqual([1, 2]);
});

test("any bytes are a frame or none, and never an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const frame = parseFrame(bytes);
      if (frame !== undefined) expect(frame.from).toMatch(/^[\w.-]{1,200}$/);
    }),
  );
});

test.each([
  ["nothing", []],
  ["another kind", [9, 1, 97, ...new Array(20).fill(48)]],
  ["no name", [1, 0, ...new Array(20).fill(48)]],
  ["a name that is none", [1, 1, 32, ...new Array(20).fill(48)]],
  ["a name that is cut off", [1, 200, 97, 97]],
  ["a piece without its numbers", [2, 1, 97, ...new Array(14).fill(48)]],
  ["a piece of one", [2, 1, 97, ...new Array(12).fill(48), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7]],
  ["a piece after the last", [2, 1, 97, ...new Array(12).fill(48), 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 7]],
])("%s is no frame", (_what, bytes) => {
  expect(parseFrame(new Uint8Array(bytes))).toBeUndefined();
});
