/*
 * What a life does with actors that work by the clock: timers that repeat, timers of an instant, and errands over several of them.
 * Without it a timer that repeats would be set by luck alone when something breaks.
 */
import type { HistoryEvent } from "../../history.js";
import type { Workload } from "../workload.js";
import { cronMs, Sexton } from "./sexton.actor.js";
import type { Troupe } from "./troupe.js";

const keys = 2;
const longestMs = 1_500;
const errandMs = 3_000;
const restMs = 5_000;

/** Actors that work by the clock. */
export const sextons: Troupe = {
  actor: Sexton,
  ids: ["sexton-0", "sexton-1", "sexton-2"],
  scenes: [
    {
      weight: 3,
      act: (workload, id) => {
        workload.did("every");
        const everyMs = 50 + longestMs * workload.random.next();
        workload
          .hub()
          .ref(Sexton, id)
          .tell("every", { n: workload.entry(), key: keyOf(workload), everyMs });
      },
    },
    {
      weight: 2,
      act: (workload, id) => {
        workload.did("cron");
        workload
          .hub()
          .ref(Sexton, id)
          .tell("cron", { n: workload.entry(), key: keyOf(workload) });
      },
    },
    {
      weight: 4,
      act: (workload, id) => {
        workload.did("scheduleAt");
        workload
          .hub()
          .ref(Sexton, id)
          .tell("at", { n: workload.entry(), delayMs: 2 * longestMs * workload.random.next() });
      },
    },
    { weight: 0.5, act: (workload, id) => void workload.hub().ref(Sexton, id).tell("hush", { n: workload.entry() }) },
    { weight: 4, act: errand },
  ],
};

/** An ask over some actors, with a context of its own. */
function errand(workload: Workload, id: string): void {
  workload.did("errand");
  const hub = workload.hub();
  const n = workload.entry();
  const by = sextons.ids.filter((other) => other !== id);
  const asked = hub.ref(Sexton, id).ask("errand", { n, by }, { timeoutMs: errandMs, context: { n } });
  workload.followed.add(hub, `errand ${n} by ${hub.node}`, asked, {
    kind: "errand",
    ids: [id, ...by],
    entry: n,
    timeoutMs: errandMs,
  });
}

function keyOf(workload: Workload): string {
  return `bell-${workload.below(keys)}`;
}

/** Resolves with the timers that repeat and do not ring at rest, in words; then none is set any more. */
export async function silentBells({ sim }: Workload): Promise<string[]> {
  const first = sim.nodes.find(({ state }) => state === "up")?.hub;
  if (first === undefined) return [];
  const problems: string[] = [];
  await sim.run(restMs);
  const set: { readonly id: string; readonly key: string; readonly n: number }[] = [];
  const there = sextons.ids.filter((id) => first.lookup(id) !== undefined && first.explain(id).state !== "waiting");
  for (const id of there) {
    const all = await first.ref(Sexton, id).ask("keys").catch(String);
    if (typeof all === "string") continue;
    for (const [key, n] of Object.entries(all)) set.push({ id, key, n });
  }
  // A time by the clock on the wall is far away where that was set.
  const isSet = sim.history.events.some((event) => event.kind === "fault" && /^clock of .* ahead$/.test(event.what));
  const fromMs = sim.nowMs;
  await sim.run(2 * cronMs + restMs);
  for (const { id, key, n } of set) {
    const rang = sim.history.events.some((event) => event.atMs >= fromMs && isTick(event, n));
    if (!rang && !isSet && first.lookup(id) !== undefined)
      problems.push(`at rest timer ${key} of ${id}, set by ${n}, does not ring`);
  }
  for (const id of there)
    await first
      .ref(Sexton, id)
      .ask("hush", { n: 0 })
      .catch(() => {});
  return problems;
}

function isTick(event: HistoryEvent, n: number): boolean {
  return event.kind === "event" && event.name === "ticks" && (event.detail as { readonly n: number }).n === n;
}
