/*
 * What a life does with actors that work beside their mailbox: tasks begun, replaced and aborted; messages that overtake slow ones.
 * Without it work would be beside a handler by luck alone when something breaks.
 */
import type { Workload } from "../workload.js";
import { Smith } from "./smith.actor.js";
import type { Troupe } from "./troupe.js";

const longestTaskMs = 1_500;
const longestHammerMs = 1_500;
const keys = 3;

/** Actors that work beside their mailbox. */
export const smiths: Troupe = {
  actor: Smith,
  ids: ["smith-0", "smith-1"],
  scenes: [
    { weight: 8, act: forge },
    {
      weight: 2,
      act: (workload, id) => {
        workload.did("taskAborted");
        workload
          .hub()
          .ref(Smith, id)
          .tell("quench", { n: workload.entry(), key: keyOf(workload) });
      },
    },
    {
      weight: 3,
      act: (workload, id) => {
        workload.did("slowHandler");
        workload
          .hub()
          .ref(Smith, id)
          .tell("hammer", { n: workload.entry(), ms: longestHammerMs * workload.random.next() });
      },
    },
    { weight: 6, act: glance },
    { weight: 3, act: polish },
  ],
};

/** A task, whose outcome is to come with the context of the message that began it. */
function forge(workload: Workload, id: string): void {
  workload.did("task");
  const n = workload.entry();
  const fails = workload.chance(0.2);
  if (fails) workload.did("taskFails");
  const ms = workload.chance(0.2) ? 0 : longestTaskMs * workload.random.next();
  workload
    .hub()
    .ref(Smith, id)
    .tell("forge", { n, key: keyOf(workload), ms, fails }, { context: { n } });
}

function glance(workload: Workload, id: string): void {
  workload.did("concurrentAsk");
  const hub = workload.hub();
  const n = workload.entry();
  const asked = hub.ref(Smith, id).ask("glance", { n });
  workload.followed.add(hub, `glance ${n} of ${hub.node} at ${id}`, asked, { kind: "ask", ids: [id], entry: n });
}

function polish(workload: Workload, id: string): void {
  workload.did("concurrentChange");
  const hub = workload.hub();
  const n = workload.entry();
  const asked = hub.ref(Smith, id).ask("polish", { n, ms: longestHammerMs * workload.random.next() });
  workload.followed.add(hub, `polish ${n} by ${hub.node} of ${id}`, asked, { kind: "polish", ids: [id], entry: n });
}

function keyOf(workload: Workload): string {
  return `piece-${workload.below(keys)}`;
}
