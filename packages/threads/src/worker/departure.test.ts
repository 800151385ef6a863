import { expect, test } from "vitest";
import { Departure } from "./departure.js";
import { cellStage } from "./fixtures/cell-stage.js";
import { settled, there } from "./fixtures/thread-stage.js";

async function scene(more: { readonly older?: [string, number][] } = {}) {
  const { stage, running } = cellStage();
  const order = { saga: "s", ids: ["a"], to: there, batchSize: 1, ...more };
  const departure = new Departure({ cell: await running(), epoch: 2, saga: "s.1", order });
  return { stage, departure };
}

/** How a promise ended so far. */
function watch(promise: Promise<void>): { is: string } {
  const state = { is: "waits" };
  promise.then(
    () => (state.is = "done"),
    (error: Error) => (state.is = error.message),
  );
  return state;
}

test("a step ends with its answer, and leaves no timer behind", async () => {
  const { stage, departure } = await scene();
  const step = watch(departure.answered(stage.clock, 100, () => {}));
  departure.answer?.();
  await settled();
  expect([step.is, stage.clock.nextAtMs, departure.answer]).toEqual(["done", undefined, undefined]);
});

test("a step ends by itself as well, or with the error of its answer", async () => {
  const { stage, departure } = await scene();
  const first = watch(departure.answered(stage.clock, 100, (done) => done()));
  const second = watch(departure.answered(stage.clock, 100, () => {}));
  departure.answer?.(new Error("refused"));
  await settled();
  expect([first.is, second.is]).toEqual(["done", "refused"]);
});

test("a step without an answer ends at its deadline", async () => {
  const { stage, departure } = await scene();
  const step = watch(departure.answered(stage.clock, 100, () => {}));
  await stage.elapse(99);
  expect(step.is).toBe("waits");
  await stage.elapse(1);
  expect(step.is).toBe("no answer within 100 ms");
});

test("a late answer to one step does not end the wait of the next", async () => {
  const { stage, departure } = await scene();
  let late = (): void => {};
  const first = watch(departure.answered(stage.clock, 100, (done) => (late = done)));
  await stage.elapse(100);
  departure.answer = undefined;
  late();
  await settled();
  expect([first.is, departure.answer]).toEqual(["no answer within 100 ms", undefined]);
});

test("it is concluded once, whatever its end was", async () => {
  const { departure } = await scene();
  const state = watch(departure.concluded);
  await settled();
  expect(state.is).toBe("waits");
  departure.conclude();
  await settled();
  expect(state.is).toBe("done");
});

test("its state goes in the version of the target where that has an older one of its kind", async () => {
  const versions = [undefined, [["box", 3]], [["cart", 3]]] as ([string, number][] | undefined)[];
  const of = async (older: [string, number][] | undefined) => (await scene(older && { older })).departure.version;
  expect(await Promise.all(versions.map(of))).toEqual([undefined, 3, undefined]);
});
