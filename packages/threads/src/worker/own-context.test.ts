import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { ownContext } from "./own-context.js";

test("no work sees a store that another has run in or entered, whoever calls for it", () => {
  const storage = new AsyncLocalStorage<string>();
  const run = ownContext();
  const seen: (string | undefined)[] = [];
  const look = (): void => void seen.push(storage.getStore());
  run(look, undefined);
  run((name: string) => storage.run(name, () => {}), "run");
  run(look, undefined);
  run((name: string) => storage.enterWith(name), "entered");
  run(look, undefined);
  storage.run("the caller's", () => run(look, undefined));
  const later = new AsyncLocalStorage<string>();
  run((name: string) => later.enterWith(name), "a later one");
  run(() => void seen.push(later.getStore()), undefined);
  expect(seen).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("work keeps what it entered over its own awaits", async () => {
  const storage = new AsyncLocalStorage<string>();
  const run = ownContext();
  const seen: (string | undefined)[] = [];
  const begin = async (name: string): Promise<void> => {
    storage.enterWith(name);
    await turn();
    seen.push(storage.getStore());
  };
  const ends: Promise<void>[] = [];
  for (const name of ["a", "b"]) run((own: string) => void ends.push(begin(own)), name);
  await Promise.all(ends);
  expect(seen).toEqual(["a", "b"]);
});
