/*
 * What a life does with events: heralds emit them, nodes and listeners subscribe, from now or from a number, and leave again.
 * Without it a subscription would be there by luck alone when something breaks.
 */
import type { Hub } from "@process-hub/cluster";
import type { HistoryEvent } from "../../history.js";
import type { Workload } from "../workload.js";
import { cryOf, Herald } from "./herald.actor.js";
import { Listener } from "./listener.actor.js";
import type { NodeEar } from "./node-ear.js";
import type { Troupe } from "./troupe.js";

const mostAtOnce = 12;
const floodSize = 1_500;
const longestMs = 4_000;
const restMs = 5_000;
const longestRestMs = 60_000;
/** The payload of the event that each herald emits at rest. */
const lastCry = cryOf(0, 0);

/** Actors that emit events. */
export const heralds: Troupe = {
  actor: Herald,
  ids: ["herald-0", "herald-1"],
  scenes: [
    { weight: 12, act: (workload, id) => proclaim(workload, id, 1 + workload.below(mostAtOnce)) },
    {
      weight: 0.1,
      act: (workload, id) => {
        workload.did("emitFlood");
        proclaim(workload, id, floodSize);
      },
    },
    { weight: 4, act: subscribe },
  ],
};

/** Actors that listen to them. */
export const listeners: Troupe = {
  actor: Listener,
  ids: ["listener-0", "listener-1"],
  scenes: [
    { weight: 6, act: listen },
    {
      weight: 1,
      act: (workload, id) =>
        void workload
          .hub()
          .ref(Listener, id)
          .tell("leave", { n: workload.entry(), to: workload.oneOf(heralds.ids) }),
    },
  ],
};

function proclaim(workload: Workload, id: string, times: number): void {
  workload.did("emit");
  workload.hub().ref(Herald, id).tell("proclaim", { n: workload.entry(), times });
}

/** A node subscribes; some time later it may leave. */
function subscribe(workload: Workload, to: string): void {
  workload.did("subscribe");
  const { sim, ears } = workload;
  const hub = workload.hub();
  const since = sinceOf(workload, to);
  const slowMs = workload.chance(0.2) ? 20 * workload.random.next() : 0;
  const ear: NodeEar = { hub, by: `ear-${workload.entry()}`, to, last: -1, isReady: false, isOver: false };
  ears.add(ear);
  const says = (detail: object): void => sim.history.event(hub.node, "hears", { by: ear.by, to, ...detail });
  sim.history.event(hub.node, "listens", { by: ear.by, to, ...(since === undefined ? {} : { since }) });
  const subscription = hub.ref(Herald, to).subscribe(
    "cry",
    ({ k }, { seq }) => {
      ear.last = seq;
      says({ type: "event", seq, k });
      return slowMs === 0 ? undefined : sim.run(slowMs);
    },
    {
      ...(since === undefined ? {} : { since }),
      resync: ({ reason, seq }) => {
        workload.did("resync");
        says({ type: "resync", seq, reason });
      },
      ended: ({ reason }) => {
        workload.did("subscriptionEnded");
        ear.isOver = true;
        says({ type: "ended", reason });
      },
    },
  );
  subscription.ready.then(
    () => (ear.isReady = true),
    () => {},
  );
  if (workload.chance(0.5)) return;
  void sim.run(longestMs * workload.random.next()).then(() => {
    if (ear.isOver) return;
    ear.isOver = true;
    subscription.close();
    says({ type: "closed" });
  });
}

function listen(workload: Workload, id: string): void {
  workload.did("subscribeBetweenActors");
  const to = workload.oneOf(heralds.ids);
  const since = sinceOf(workload, to);
  workload
    .hub()
    .ref(Listener, id)
    .tell("listen", { n: workload.entry(), to, ...(since === undefined ? {} : { since }) });
}

/** Now and then a number that a node has heard, or one shortly before. */
function sinceOf(workload: Workload, to: string): number | undefined {
  if (workload.chance(0.6)) return undefined;
  const last = Math.max(0, ...[...workload.ears].flatMap((ear) => (ear.to === to ? [ear.last] : [])));
  return Math.max(0, last - workload.below(40));
}

/** Has each herald emit once more, at rest. Resolves with those that listen and do not hear of it within a minute, in words. */
export async function deafEars({ sim, ears }: Workload): Promise<string[]> {
  const first = sim.nodes.find(({ state }) => state === "up")?.hub;
  if (first === undefined) return [];
  const there = (id: string): boolean => first.lookup(id) !== undefined && first.explain(id).state !== "waiting";
  const spoken = heralds.ids.filter(there);
  // What was found away is asked for again.
  await sim.run(longestRestMs / 2);
  const silent = new Set<string>();
  // One may have been about to end.
  for (const id of spoken)
    await first
      .ref(Herald, id)
      .ask("proclaim", { n: 0, times: 1 })
      .catch(() => silent.add(id));
  const isHub = (hub: Hub): boolean => sim.nodes.some((node) => node.hub === hub && node.state === "up");
  const deaf = async (): Promise<string[]> => {
    const listening = [...ears].flatMap(({ by, hub, to, isReady, isOver }) =>
      !isReady || isOver || !isHub(hub) ? [] : [{ by, to }],
    );
    for (const id of listeners.ids.filter(there))
      for (const to of Object.keys(await first.ref(Listener, id).ask("ears"))) listening.push({ by: id, to });
    const heard = heardLast(sim.history.events);
    return listening.flatMap(({ by, to }) =>
      spoken.includes(to) && !silent.has(to) && !heard.has(`${by} of ${to}`) ? [`at rest ${by} hears nothing of ${to}`] : [],
    );
  };
  for (let left = longestRestMs; left > 0; left -= restMs) {
    await sim.run(restMs);
    if ((await deaf()).length === 0) return [];
  }
  return deaf();
}

/** Who heard the last event of whom. */
function heardLast(events: readonly HistoryEvent[]): Set<string> {
  return new Set(
    events.flatMap((event) => {
      const isWord = event.kind === "event" && event.name === "hears";
      const { by, to, k } = (isWord ? event.detail : {}) as Readonly<Record<string, unknown>>;
      return k === lastCry ? [`${by} of ${to}`] : [];
    }),
  );
}
