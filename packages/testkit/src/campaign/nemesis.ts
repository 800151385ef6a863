/*
 * The acts of a life that break things.
 * Without it a life would be quiet, and recovery would never be tested.
 */
import type { Hub, HubEventName } from "@process-hub/cluster";
import { HubConfigError } from "@process-hub/protocol";
import type { SimNode } from "../simulation.js";
import type { ActName, NemesisAct } from "./acts.js";
import { guests } from "./guests.js";
import { Ledger } from "./ledger.actor.js";
import { move } from "./users.js";
import type { Workload } from "./workload.js";

const hookedEvents: readonly HubEventName[] = [
  ...(["memberJoined", "memberLeft", "childStarted", "childStopped", "childrenMoved", "partitionChanged"] as const),
  ...(["redistributionStarting", "lockChanged", "deadLetter", "threadExited", "log"] as const),
];
const longestFreezeMs = 6_000;
const hiccupMs = 900;
const longestBeforeNamesakeMs = 1_500;
const longestBlockMs = 8_000;
const longestCutMs = 8_000;
const longestAwayMs = 4_000;
const longestInitMs = 2_000;
/** Longer than `timings.initTimeoutMs`. */
const tooLongInitMs = 12_000;
const longestClockStopMs = 4_000;
const clockStepMs = 50;
const fourHoursMs = 4 * 3_600_000;

const troubles: Readonly<Record<NemesisAct, (workload: Workload) => void>> = {
  fail: (workload) => {
    workload.did("fail");
    workload.hub().ref(Ledger, workload.id()).tell("fail");
  },
  killThread: (workload) => {
    workload.did("killThread");
    workload.broke("threadDeath");
    workload.sim.killThread(workload.oneOf(workload.nodes("up")), workload.below(2));
  },
  crash: (workload) => {
    if (!enough(workload)) return;
    workload.did("crash");
    workload.sim.crash(workload.oneOf(workload.nodes("up")));
  },
  freeze: (workload) => standStill(workload, "freeze", longestFreezeMs),
  hiccup: (workload) => standStill(workload, "hiccup", hiccupMs),
  suspend: (workload) => standStill(workload, "suspend", longestFreezeMs),
  blockThread: (workload) => {
    const { sim } = workload;
    workload.did("blockThread");
    const victim = workload.oneOf(workload.nodes("up"));
    const thread = workload.below(2);
    sim.blockThread(victim, thread);
    after(workload, "unblock", longestBlockMs, () => sim.unblockThread(victim, thread));
  },
  failingStarts: (workload) => {
    const on = workload.chance(0.4) ? workload.anyNode() : undefined;
    workload.world.startsFail(workload.random.next() * longestAwayMs, on);
  },
  slowStarts: (workload) => {
    const initMs = workload.chance(0.15) ? tooLongInitMs : workload.random.next() * longestInitMs;
    workload.world.startsTakeTime(workload.random.next() * longestAwayMs, initMs);
  },
  guests,
  throwingHooks: (workload) => throwingHooks(workload, workload.hub()),
  clockJump: (workload) => {
    workload.did("clockJump");
    workload.sim.setClock(workload.oneOf(workload.nodes("up")), workload.random.next() * fourHoursMs);
  },
  clockStop: (workload) => {
    workload.did("clockStop");
    workload.followed.add(undefined, "clock goes on", clockStops(workload));
  },
  namesake: (workload) => {
    workload.did("namesake");
    const victim = workload.oneOf(workload.nodes("up"));
    workload.doubled.add(victim);
    const over = namesake(workload, victim).finally(() => workload.doubled.delete(victim));
    workload.followed.add(undefined, "a namesake", over);
  },
  cut: (workload) => {
    const { sim } = workload;
    const all = sim.nodes.map((_, index) => index);
    const side = all.filter(() => workload.chance(0.5));
    const oneWay = workload.chance(0.3);
    workload.did(oneWay ? "oneWayCut" : "cut");
    workload.broke("cut");
    sim.cut([side, all.filter((index) => !side.includes(index))], { oneWay });
    after(workload, "heal", longestCutMs, () => sim.heal());
  },
};

/** Does one act of the scenario's nemesis, now and then in the middle of moves. */
export async function nemesis(workload: Workload): Promise<void> {
  const { sim, scenario } = workload;
  if (workload.chance(0.5)) {
    for (let i = 0; i < 4; i++) move(workload);
    await sim.run(workload.random.next() * 5);
  }
  if (scenario.nemesis.length === 0) return;
  troubles[workload.oneOf(scenario.nemesis)](workload);
}

/** A node stands still for a while. */
function standStill(workload: Workload, how: "freeze" | "hiccup" | "suspend", longestMs: number): void {
  const { sim } = workload;
  if (!enough(workload)) return;
  workload.did(how);
  workload.broke("standstill");
  const victim = workload.oneOf(workload.nodes("up"));
  if (how === "suspend") sim.suspend(victim);
  else sim.freeze(victim);
  after(workload, "thaw", longestMs, () => sim.thaw(victim));
}

/** Starts a second process of a node's name, mostly while the first one stands still; if it takes its place, that one wakes later. */
async function namesake(workload: Workload, victim: number): Promise<void> {
  const { sim, random } = workload;
  const first = sim.hub(victim);
  const sleeps = workload.chance(0.7) && enough(workload);
  if (sleeps) sim.freeze(victim);
  await sim.run(random.next() * longestBeforeNamesakeMs);
  const isThere = sim.hub(victim) === first && sim.nodes[victim]?.state !== "down";
  try {
    if (isThere) await sim.startNamesake(victim);
    if (isThere && sim.hub(victim) !== first) workload.did("replaced");
  } catch (error) {
    if (error instanceof HubConfigError) workload.did("namesakeRefused");
  }
  await sim.run(random.next() * longestFreezeMs);
  sim.thawReplaced();
  if (sim.hub(victim) === first && sim.nodes[victim]?.state === "frozen") sim.thaw(victim);
}

/** Sets the wall clock of a node back again and again, by the time that has passed. */
async function clockStops(workload: Workload): Promise<void> {
  const { sim, random } = workload;
  const victim = workload.oneOf(workload.nodes("up"));
  const { name, domain } = sim.nodes[victim] as SimNode;
  const { machine } = domain;
  const aheadMs = machine.aheadMs;
  sim.history.fault(`clock of ${name} stands still`);
  const endAtMs = sim.nowMs + random.next() * longestClockStopMs;
  for (let stoodMs = clockStepMs; sim.nowMs < endAtMs; stoodMs += clockStepMs) {
    await sim.run(clockStepMs);
    machine.aheadMs = aheadMs - stoodMs;
  }
  sim.history.fault(`clock of ${name} goes on`);
}

/** From now on handlers of a hub's events throw or reject, and changes of its starts throw, now and then. */
function throwingHooks(workload: Workload, hub: Hub): void {
  const now = (name: ActName): void => {
    if (!workload.chance(0.5)) return;
    workload.did(name);
    throw new Error("as asked");
  };
  for (const event of hookedEvents) hub.on(event, () => now("hookThrows"));
  hub.on("childRegistered", async () => now("hookThrows"));
  hub.alter("childStart", (spec) => {
    now("alterThrows");
    return spec;
  });
}

/** True while two nodes are left for users when another one breaks. */
function enough(workload: Workload): boolean {
  return workload.serving().length > 2;
}

/** Ends a trouble some time later. */
function after({ sim, random, followed }: Workload, what: string, withinMs: number, end: () => void): void {
  followed.add(undefined, what, sim.run(random.next() * withinMs).then(end));
}
