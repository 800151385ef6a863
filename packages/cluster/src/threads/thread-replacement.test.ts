import { expect, test } from "vitest";
import { Stage } from "../fixtures/stage.js";
import { ThreadReplacement } from "./thread-replacement.js";

function staged(replace: () => Promise<void>, succeed = async (): Promise<string | undefined> => undefined) {
  const stage = new Stage();
  const calls: string[] = [];
  const replacement = new ThreadReplacement({
    ...stage,
    group: { places: stage.group.places, has: () => true, replace, succeed },
    log: stage.hooks.log,
    began: (place) => void calls.push(`began ${place}`),
    placesChanged: () => void calls.push("places changed"),
  });
  return { ...stage, stage, replacement, calls };
}

test("who waits for a thread goes on when it has its next life", async () => {
  const { replacement, calls, group } = staged(() => Promise.resolve());
  expect(replacement.replaced()).toBeUndefined();
  replacement.awaits(1);
  const waiting = replacement.replaced();
  await replacement.replace(1);
  await waiting;
  expect([calls, replacement.replaced()]).toEqual([[`began ${group.places[1]}`, "places changed"], undefined]);
});

test("a thread that does not start is tried five times, with growing pauses; then nobody waits for it any more", async () => {
  let tries = 0;
  const { stage, replacement, calls, clock } = staged(() => {
    tries++;
    return Promise.reject(new Error("no memory"));
  });
  replacement.awaits(0);
  const waiting = replacement.replaced();
  const replacing = replacement.replace(0);
  await clock.run(100);
  expect(tries).toBe(2);
  await clock.run(1_500);
  await Promise.all([replacing, waiting]);
  expect([tries, calls, stage.told("log").length]).toEqual([5, ["places changed"], 5]);
});

test("at the close nobody waits", async () => {
  const { replacement } = staged(() => new Promise(() => {}));
  replacement.awaits(0);
  const waiting = replacement.replaced();
  replacement.close();
  await waiting;
  expect(replacement.replaced()).toBeUndefined();
});

test("a thread that runs has a successor that is told of, or goes on, which is logged when it could not start", async () => {
  const done = staged(
    () => Promise.resolve(),
    async () => "n@1/0.1",
  );
  expect([await done.replacement.succeed("n@1/0.0"), done.calls]).toEqual(["n@1/0.1", ["began n@1/0.1", "places changed"]]);
  const failed = staged(
    () => Promise.resolve(),
    () => Promise.reject(new Error("no memory")),
  );
  expect([await failed.replacement.succeed("n@1/0.0"), failed.calls]).toEqual([undefined, []]);
});
