import { expect, test } from "vitest";
import { Departure } from "./departure.js";
import { cellStage } from "./fixtures/cell-stage.js";
import { envelope } from "./fixtures/fake-mail.js";
import { settled, there, third } from "./fixtures/thread-stage.js";
import { SnapshotOutbox } from "./snapshot-outbox.js";

async function scene(settings = {}) {
  const { stage, context, running } = cellStage(settings);
  const outbox = new SnapshotOutbox(context);
  const depart = async (id: string, saga = "s.1", to: string = there): Promise<Departure> => {
    const departure = new Departure({ cell: await running(id), epoch: 2, saga, order: { saga, ids: [id], to, batchSize: 9 } });
    await departure.cell.seal(100);
    return departure;
  };
  return { stage, outbox, depart };
}

test("a snapshot has the next epoch, and the mailbox in order, each message with the epoch it was sent by", async () => {
  const { stage, outbox, depart } = await scene();
  const departure = await depart("a");
  stage.context.cells.get("a")?.take(envelope("add", 1, { ask: 3, expiresAtMs: stage.clock.now() + 70 }));
  stage.context.cells.get("a")?.take(envelope("add", 2, { sentEpoch: 0 }));
  const { snapshot } = outbox.pack(departure, new Uint8Array(3));
  expect(snapshot).toMatchObject({ epoch: 2, life: { name: "l5", restarts: 0, bornAtMs: 5 }, state: new Uint8Array(3) });
  expect(snapshot.mailbox.map(([, to, epoch, name, , , , ask, leftMs]) => [to, epoch, name, ask, leftMs])).toEqual([
    ["a", 1, "add", 3, 70],
    ["a", 0, "add", 0, 0],
  ]);
});

test("one that is larger than a message may be is refused before it is sent", async () => {
  const { stage, outbox, depart } = await scene({ messageBytes: 1_000 });
  const departure = await depart("a");
  expect(outbox.pack(departure, new Uint8Array(500)).bytes).toBeLessThanOrEqual(1_000);
  expect(() => outbox.pack(departure, new Uint8Array(1_000))).toThrow(/with its mailbox and timers, takes \d+ bytes/);
  expect(stage.sent).toEqual([]);
});

test("snapshots of one turn go together, one frame for each batch", async () => {
  const { stage, outbox, depart } = await scene();
  for (const [id, saga, to] of [
    ["a", "s.1"],
    ["b", "s.2", third],
    ["c", "s.1"],
  ] as const)
    outbox.push(outbox.pack(await depart(id, saga, to), new Uint8Array()));
  await settled();
  const frames = stage.sent.map(({ to, frame }) => [to, frame.type === "transfer" && frame.snapshots.map(({ spec }) => spec.id)]);
  expect(frames).toEqual([
    [there, ["a"]],
    [third, ["b"]],
    [there, ["c"]],
  ]);
});

test("a frame has 128 KB at most, and a larger snapshot goes alone", async () => {
  const { stage, outbox, depart } = await scene();
  const sizes = { a: 100_000, b: 100_000, c: 10, d: 500_000 };
  const packed = [];
  for (const [id, size] of Object.entries(sizes)) packed.push(outbox.pack(await depart(id), new Uint8Array(size)));
  for (const each of packed) outbox.push(each);
  await settled();
  expect(stage.frames("transfer").map(({ snapshots }) => snapshots.map(({ spec }) => spec.id).join())).toEqual(["a", "b,c", "d"]);
});
