import { stateBytes } from "@process-hub/actor";
import { ThreadExited, type ToThreadFrame, toWireError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { cellStage, order } from "./fixtures/cell-stage.js";
import { settled, there } from "./fixtures/thread-stage.js";
import { Service } from "./service.js";

const error = toWireError(new ThreadExited("gone", {}));

/** A service whose parts note their calls; `link` resolves when the last packets of a dead place have come. */
function scene() {
  const box = cellStage();
  const { note, seen, routes } = box.mail;
  const link: { drained: Promise<void> | undefined } = { drained: undefined };
  const waits = { whenDrained: Promise.resolve(), evacuated: Promise.resolve() };
  const service = new Service(box.context, {
    mail: {
      routes,
      placeDown: (place) => note("mail: down", place),
      placeDrained: (place) => note("mail: drained", place),
      placeUp: (place) => note("mail: up", place),
      whenDrained: (place, keeping) => {
        note("passed on?", place, ...keeping.map(({ id }) => id));
        return waits.whenDrained;
      },
      evacuate: () => waits.evacuated,
    },
    source: {
      renumber: async (id, epoch) => note("renumber", id, epoch),
      leaving: (node) => note("source: leaving", node),
      placeDown: () => note("source: down"),
    },
    target: { placeDown: () => note("target: down") },
    replicaStreams: {
      placeDown: () => note("streams: down"),
      planned: ({ most, nodes }) => note("streams: standbys", most, ...nodes),
    },
    streams: { placeDown: () => note("readers: down") },
    children: { done: ({ call }) => note("child", call) },
    calls: { done: ({ call }) => note("answer", call) },
    watches: { watching: ({ id }) => note("watching", id), gone: ({ id }) => note("gone", id) },
    feeds: { placeDown: () => {} },
    jobs: { done: ({ call }) => note("job", call) },
    drained: () => link.drained,
  });
  return { ...box, seen, link, waits, service };
}

describe("a place that went down", () => {
  test("the mail hears first, then both ends of handoffs, then the streams", () => {
    const { service, seen } = scene();
    service.receive({ type: "placeDown", place: there, error });
    expect(seen).toEqual([
      `mail: down ${there}`,
      `passed on? ${there}`,
      "source: down",
      "target: down",
      "streams: down",
      "readers: down",
    ]);
  });

  test("the main thread hears when all that came from it has been passed on", async () => {
    const { service, stage, waits } = scene();
    let passed = (): void => {};
    waits.whenDrained = new Promise((resolve) => (passed = resolve));
    service.receive({ type: "placeDown", place: there, error });
    await settled();
    expect(stage.told).toEqual([]);
    passed();
    await settled();
    expect(stage.told).toEqual([{ type: "drainReported", place: there }]);
  });

  test("mail of actors that are on their way is not waited for: sent or loaded ones", async () => {
    const { service, seen, running, births, context } = scene();
    const [, sent] = [await running("a"), await running("b")];
    await sent.seal(100);
    await sent.pack();
    const loaded = births.activeCell(order("c"));
    await loaded.load(stateBytes({ sum: 0 }), [], { timers: [] });
    context.cells.set("c", loaded);
    service.receive({ type: "placeDown", place: there, error });
    expect(seen).toContain(`passed on? ${there} b c`);
  });

  test("the news waits for its last words, which come by another link", async () => {
    const { service, seen, link } = scene();
    let drained = (): void => {};
    link.drained = new Promise((resolve) => (drained = resolve));
    service.receive({ type: "placeDown", place: there, error });
    service.receive({ type: "placeDrained", place: there });
    await settled();
    expect(seen).toEqual([]);
    drained();
    await settled();
    expect([seen[0], seen.at(-1)]).toEqual([`mail: down ${there}`, `mail: drained ${there}`]);
  });
});

describe("every other frame reaches the part it is for", () => {
  const actor = { id: "a", epoch: 3 };
  test.each<[ToThreadFrame, string[]]>([
    [{ type: "resolved", routes: [{ ...actor, place: there }] }, [`resolved a ${there} 3`]],
    [{ type: "resolved", routes: [{ ...actor, place: null }] }, ["resolved a  3"]],
    [{ type: "relocated", actors: [{ ...actor, place: there }] }, [`moved a 3 ${there}`]],
    [{ type: "renumber", actors: [actor] }, ["renumber a 3"]],
    [{ type: "placeUp", place: "o@1" }, ["mail: up o@1"]],
    [{ type: "placeDrained", place: there }, [`mail: drained ${there}`]],
    [{ type: "startedChild", call: 4 }, ["child 4"]],
    [{ type: "startedChildren", call: 6, failed: [] }, ["child 6"]],
    [{ type: "watching", id: "a", lineage: "l" }, ["watching a"]],
    [{ type: "gone", id: "a", reason: "Stop" }, ["gone a"]],
    [{ type: "hubAnswer", call: 6, value: 1 }, ["answer 6"]],
    [{ type: "jobDone", call: 5 }, ["job 5"]],
  ])("%o", (frame, expected) => {
    const { service, seen } = scene();
    service.receive(frame);
    expect(seen).toEqual(expected);
  });

  test("an evacuation is answered when it is done", async () => {
    const { service, stage } = scene();
    service.receive({ type: "evacuate", node: "o@1" });
    expect(stage.told).toEqual([]);
    await settled();
    expect(stage.told).toEqual([{ type: "evacuated", node: "o@1" }]);
  });
});

test("a frame that is for a main thread is reported", () => {
  const { service, stage } = scene();
  service.receive({ type: "drainReported", place: there });
  expect(stage.told).toEqual([{ type: "badFrame", peer: "n@1/main", error: "a drainReported frame to a thread" }]);
});
