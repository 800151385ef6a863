/*
 * What a life does with actors that answer later: asks that wait, are aborted or have little time, and words to serve some of them.
 * Without it an answer would be owed by luck alone when something breaks.
 */
import type { AskOptions } from "@process-hub/actor";
import type { Workload } from "../workload.js";
import { Desk } from "./desk.actor.js";
import type { Troupe } from "./troupe.js";

const longestMs = 15_000;
const shortMs = 300;
const longestBeforeAbortMs = 600;

/** Actors that answer later. */
export const desks: Troupe = {
  actor: Desk,
  ids: ["desk-0", "desk-1", "desk-2"],
  scenes: [
    { weight: 8, act: (workload, id) => wait(workload, id, { timeoutMs: 1_000 + longestMs * workload.random.next() }) },
    { weight: 1, act: (workload, id) => wait(workload, id, { timeoutMs: shortMs * workload.random.next() }) },
    { weight: 2, act: abort },
    { weight: 0.5, act: badly },
    { weight: 9, act: serve },
    { weight: 1.5, act: relay },
  ],
};

function wait(workload: Workload, id: string, options: AskOptions): void {
  workload.did("waitForAnswer");
  const hub = workload.hub();
  const n = workload.entry();
  const asked = hub.ref(Desk, id).ask("wait", { n }, options);
  workload.followed.add(hub, `wait ${n} of ${hub.node} for ${id}`, asked, { kind: "wait", ids: [id], entry: n });
}

function abort(workload: Workload, id: string): void {
  workload.did("waitAborted");
  const controller = new AbortController();
  void workload.sim
    .run(longestBeforeAbortMs * workload.random.next())
    .then(() => controller.abort(new RangeError("waits no more")));
  wait(workload, id, { timeoutMs: longestMs, signal: controller.signal });
}

function badly(workload: Workload, id: string): void {
  workload.did("waitBadly");
  const hub = workload.hub();
  const n = workload.entry();
  const asked = hub.ref(Desk, id).ask("waitBadly", { n });
  workload.followed.add(hub, `bad wait ${n} of ${hub.node} for ${id}`, asked, { kind: "wait", ids: [id], entry: n });
}

function serve(workload: Workload, id: string): void {
  const refuses = workload.chance(0.2);
  workload.did(refuses ? "refuseLater" : "replyLater");
  workload
    .hub()
    .ref(Desk, id)
    .tell("serve", { n: workload.entry(), many: 1 + workload.below(3), refuses });
}

/** Has an actor wait at another one. */
function relay(workload: Workload, id: string): void {
  const to = workload.oneOf(desks.ids);
  if (to === id) return;
  workload.did("waitBetweenActors");
  const n = workload.entry();
  const hub = workload.hub();
  const asked = hub.ref(Desk, id).ask("relay", { n, to });
  workload.followed.add(hub, `relay ${n} to ${to} by ${id} for ${hub.node}`, asked, { kind: "relay", ids: [id], entry: n });
}
