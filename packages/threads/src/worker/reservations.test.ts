import { HandoffFailed, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Departure } from "./departure.js";
import { cellStage } from "./fixtures/cell-stage.js";
import { there } from "./fixtures/thread-stage.js";
import { Reservations } from "./reservations.js";

/** Two actors that ask for a place; `refused` has the answer when it is there. */
async function scene() {
  const { stage, context, running } = cellStage();
  const aborted: string[] = [];
  const reservations = new Reservations(context, ({ cell }) => void aborted.push(cell.id));
  const order = { saga: "s", ids: ["a", "b"], to: there, batchSize: 2 };
  const departures: Departure[] = [];
  for (const id of order.ids) departures.push(new Departure({ cell: await running(id), epoch: 2, saga: "s.1", order }));
  const state: { refused?: ReadonlyMap<string, Error> } = {};
  void reservations.reserve("s.1", departures, there).then((refused) => (state.refused = refused));
  return { stage, aborted, reservations, departures, state };
}

const no = toWireError(new HandoffFailed("already there", { id: "b" }));

test("asks for all at once, each with its next epoch and its definition", async () => {
  const { stage } = await scene();
  expect(stage.sent).toMatchObject([
    {
      to: there,
      frame: {
        type: "reserve",
        saga: "s.1",
        actors: [
          { id: "a", epoch: 2, actor: "box" },
          { id: "b", epoch: 2, actor: "box" },
        ],
      },
    },
  ]);
});

test("the target's answer says who is refused; the others may go", async () => {
  const { stage, reservations, state, aborted } = await scene();
  const outcomes = [
    { id: "a", epoch: 2 },
    { id: "b", epoch: 2, error: no },
  ];
  reservations.receive({ type: "reserved", saga: "other", outcomes });
  await stage.elapse(0);
  expect(state.refused).toBeUndefined();
  reservations.receive({ type: "reserved", saga: "s.1", outcomes });
  await stage.elapse(0);
  expect([...(state.refused ?? [])].map(([id, { message }]) => [id, message])).toEqual([["b", "already there"]]);
  expect([aborted, stage.clock.nextAtMs]).toEqual([[], undefined]);
});

test("a target that does not answer in time is to forget all, and all are refused; its late answer means nothing", async () => {
  const { stage, reservations, state, aborted } = await scene();
  await stage.elapse(400);
  reservations.receive({ type: "reserved", saga: "s.1", outcomes: [] });
  expect([...(state.refused?.keys() ?? [])]).toEqual(["a", "b"]);
  expect(state.refused?.get("a")?.message).toBe("the target did not answer within 400 ms");
  expect(aborted).toEqual(["a", "b"]);
});

test("an answer that is said again does not answer the next step of a handoff", async () => {
  const { stage, reservations, departures } = await scene();
  const answer: Parameters<typeof reservations.receive>[0] = { type: "reserved", saga: "s.1", outcomes: [] };
  reservations.receive(answer);
  const next = (): void => {};
  for (const departure of departures) departure.answer = next;
  reservations.receive(answer);
  await stage.elapse(0);
  expect(departures.map((departure) => departure.answer)).toEqual([next, next]);
});

test("a target that goes down refuses all at once", async () => {
  const { stage, departures, state } = await scene();
  departures[0]?.answer?.(new Error("went down"));
  await stage.elapse(0);
  expect([...(state.refused?.values() ?? [])].map(({ message }) => message)).toEqual(["went down", "went down"]);
  expect(departures.map(({ answer }) => answer)).toEqual([undefined, undefined]);
});
