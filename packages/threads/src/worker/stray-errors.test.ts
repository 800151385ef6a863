import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { OwnErrors, surviveStrayErrors } from "./stray-errors.js";

function scene() {
  const process = new EventEmitter();
  const own = new OwnErrors();
  const told: unknown[] = [];
  const ended: unknown[] = [];
  surviveStrayErrors({
    process,
    isOwn: (error) => own.has(error),
    tell: (kind, error) => told.push([kind, error]),
    end: (error) => ended.push(error),
  });
  return { process, own, told, ended };
}

describe("a stray error of an actor's code", () => {
  test.each([
    ["uncaughtException", "exception"],
    ["unhandledRejection", "rejection"],
  ])("as %s is told, and the thread goes on", (event, kind) => {
    const { process, told, ended } = scene();
    const error = new Error("forgotten");
    process.emit(event, error);
    process.emit(event, null);
    expect(told).toEqual([
      [kind, error],
      [kind, null],
    ]);
    expect(ended).toEqual([]);
  });
});

test("an error of the thread's own work ends it, in whichever way it comes out", () => {
  const { process, own, told, ended } = scene();
  const error = new Error("a bug");
  const work = own.guard((wrong: boolean) => {
    if (wrong) throw error;
  });
  work(false);
  expect(() => work(true)).toThrow(error);
  process.emit("uncaughtException", error);
  process.emit("unhandledRejection", error);
  expect([told, ended]).toEqual([[], [error, error]]);
});
