import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Framer, maxHeaderBytes, parseFrame } from "./frame.js";

const name = fc.stringMatching(/^[\w.-]{1,200}$/);
const payload = fc.uint8Array({ minLength: 1, maxLength: 3_000 });

test("a payload that goes in comes out, in frames no longer than the server takes", () => {
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

test("a frame of which a bit is flipped, or that is cut short or longer, is none", () => {
  const framer = new Framer("node-1", "0123456789ab");
  const frames = [...framer.frames(new Uint8Array(300).fill(7), 1_000), ...framer.frames(new Uint8Array(1_500).fill(7), 1_000)];
  for (const frame of frames) {
    const garbled = [
      ...Array.from({ length: 8 * frame.length }, (_, bit) =>
        frame.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
      ),
      ...Array.from(frame, (_, length) => frame.slice(0, length)),
      new Uint8Array([...frame, 0]),
    ];
    expect(garbled.filter((data) => parseFrame(data) !== undefined)).toEqual([]);
    expect(parseFrame(frame)?.from).toBe("node-1");
  }
});

test("a frame is read wherever it lies in a larger read of the socket", () => {
  const [frame = new Uint8Array()] = new Framer("a", "0123456789ab").frames(new Uint8Array([1, 2]), 1_000);
  const read = new Uint8Array([9, 9, 9, ...frame, 9]);
  expect(parseFrame(read.subarray(3, 3 + frame.length))?.bytes).toEqual(new Uint8Array([1, 2]));
});

test.each([
  ["another kind", [9, 1, 97, ...new Array(20).fill(48)]],
  ["no name", [1, 0, ...new Array(20).fill(48)]],
  ["a name that is none", [1, 1, 32, ...new Array(20).fill(48)]],
  ["a name that is cut off", [1, 200, 97, 97]],
  ["a piece without its numbers", [2, 1, 97, ...new Array(14).fill(48)]],
  ["a piece of one", [2, 1, 97, ...new Array(12).fill(48), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7]],
  ["a piece after the last", [2, 1, 97, ...new Array(12).fill(48), 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 7]],
])("%s is no frame, though its checksum is right", (_what, bytes) => {
  expect(parseFrame(sealed(bytes))).toBeUndefined();
});

test("the same with what it lacks is one", () => {
  expect(parseFrame(sealed([1, 1, 97, ...new Array(20).fill(48)]))).toMatchObject({ from: "a", life: "000000000000" });
  const second = [2, 1, 97, ...new Array(12).fill(48), 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7];
  expect(parseFrame(sealed(second))?.piece).toEqual({ message: 1, index: 1, count: 2 });
});

function sealed(bytes: readonly number[]): Uint8Array {
  const frame = new Uint8Array([0, 0, 0, 0, ...bytes]);
  new DataView(frame.buffer).setUint32(0, crc32(frame.subarray(4)));
  return frame;
}
