import { expect, test } from "vitest";
import { Outflow } from "./outflow.js";

/** A connection whose server answers flushes on request. */
function slowServer() {
  const waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const flush = (): Promise<void> => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const answer = async (how: "resolve" | "reject" = "resolve"): Promise<void> => {
    await turn();
    waiting.shift()?.[how](new Error("connection lost"));
    await turn();
  };
  return { connection: { flush }, waiting, answer };
}

test("more than the bound is dropped until the server has taken what was published", async () => {
  const { connection, answer } = slowServer();
  const outflow = new Outflow(connection, 100);
  expect([outflow.admits(60), outflow.admits(40), outflow.admits(1)]).toEqual([true, true, false]);
  await answer();
  expect([outflow.admits(100), outflow.admits(1)]).toEqual([true, false]);
});

test("a payload that comes while a flush is under way waits for the next one", async () => {
  const { connection, waiting, answer } = slowServer();
  const outflow = new Outflow(connection, 100);
  outflow.admits(50);
  await new Promise((resolve) => setImmediate(resolve));
  outflow.admits(50);
  await answer();
  expect([outflow.admits(51), waiting.length]).toEqual([false, 1]);
  await answer();
  expect([outflow.admits(100), waiting.length]).toEqual([true, 0]);
});

test("a lost connection takes what was on its way with it", async () => {
  const { connection, answer } = slowServer();
  const outflow = new Outflow(connection, 100);
  outflow.admits(100);
  await answer("reject");
  expect(outflow.admits(100)).toBe(true);
});

test("one payload above the bound goes alone", () => {
  const outflow = new Outflow(slowServer().connection, 100);
  expect([outflow.admits(500), outflow.admits(1)]).toEqual([true, false]);
});
