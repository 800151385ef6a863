/*
 * What a life does with actors that stream: they are read to the end, broken off, aborted, read slowly, and read by each other.
 * Without it a stream would be open by luck alone when something breaks.
 */
import type { Hub } from "@process-hub/cluster";
import type { Workload } from "../workload.js";
import { type Flow, read } from "./reading.js";
import { Spring } from "./spring.actor.js";
import type { Troupe } from "./troupe.js";

/** How often a reader goes on after a cut. */
const mostReadings = 5;
const longestPauseMs = 60;
const longestBeforeAbortMs = 400;
const mostItems = 200;

/** Actors that stream. */
export const springs: Troupe = {
  actor: Spring,
  ids: ["spring-0", "spring-1", "spring-2"],
  scenes: [
    { weight: 6, act: readOn },
    { weight: 3, act: breakOff },
    { weight: 3, act: abort },
    { weight: 1, act: readDry },
    { weight: 3, act: draw },
  ],
};

/** Reads a stream to its end: when it is cut, another one from there. */
function readOn(workload: Workload, id: string): void {
  workload.did("stream");
  const hub = workload.hub();
  const { to, pauseMs } = flowOf(workload);
  const slowMs = workload.chance(0.3) ? longestPauseMs * workload.random.next() : 0;
  const go = async (): Promise<void> => {
    let from = 0;
    for (let left = mostReadings; left > 0 && hub.isAlive() && !workload.sim.calm; left--) {
      const { got, end } = await readOne(workload, hub, id, "flow", { n: workload.entry(), from, to, pauseMs }, { slowMs });
      if (typeof end === "string" || end.code !== "StreamCut") return;
      workload.did("streamCut");
      from += got.length;
    }
  };
  void go();
}

function breakOff(workload: Workload, id: string): void {
  workload.did("streamBroken");
  const flow = flowOf(workload);
  void readOne(workload, workload.hub(), id, "flow", flow, { take: 1 + workload.below(flow.to) });
}

function abort(workload: Workload, id: string): void {
  workload.did("streamAborted");
  const controller = new AbortController();
  void workload.sim
    .run(longestBeforeAbortMs * workload.random.next())
    .then(() => controller.abort(new RangeError("reads no more")));
  void readOne(workload, workload.hub(), id, "flow", flowOf(workload), { signal: controller.signal, slowMs: 10 });
}

function readDry(workload: Workload, id: string): void {
  workload.did("streamDry");
  void readOne(workload, workload.hub(), id, "dry", flowOf(workload), {});
}

/** Has an actor read a stream of another one. */
function draw(workload: Workload, id: string): void {
  const at = workload.oneOf(springs.ids);
  if (at === id) return;
  workload.did("streamBetweenActors");
  const hub = workload.hub();
  const flow = flowOf(workload);
  const asked = hub.ref(Spring, id).ask("draw", { ...flow, at, take: 1 + workload.below(flow.to) });
  workload.followed.add(hub, `draw from ${at} by ${id} for ${hub.node}`, asked, { kind: "draw", ids: [at] });
}

interface How {
  readonly take?: number;
  /** How long it waits after each eighth item. */
  readonly slowMs?: number;
  readonly signal?: AbortSignal;
}

function readOne(workload: Workload, hub: Hub, id: string, stream: "flow" | "dry", flow: Flow, how: How) {
  const { take, slowMs = 0, signal } = how;
  const pause = async (items: number): Promise<void> => {
    if (slowMs > 0 && items % 8 === 0) await workload.sim.run(slowMs);
  };
  const reading = read(
    hub.ref(Spring, id),
    stream,
    flow,
    { pause, ...(take === undefined ? {} : { take }) },
    signal === undefined ? {} : { signal },
  );
  workload.followed.add(hub, `${stream} ${flow.n} of ${id} read by ${hub.node}`, reading, { kind: "stream", ids: [id] });
  return reading;
}

function flowOf(workload: Workload): Flow {
  const pauseMs = workload.chance(0.5) ? longestPauseMs * workload.random.next() : 0;
  return { n: workload.entry(), from: 0, to: 1 + workload.below(mostItems), pauseMs };
}
