/*
 * The acts of a life that break things, and the nodes that come and go.
 * Without it a life would be quiet, and recovery would never be tested.
 */
import { Ledger } from "./ledger.actor.js";
import { move } from "./users.js";
import type { Workload } from "./workload.js";

/** What the nemesis of a life may do, apart from faults of the network. */
export type NemesisAct = "crash" | "freeze" | "cut" | "killThread" | "fail";

/** Has nodes join, come back and leave while all else goes on. `fixed`: no new node joins, and none comes back during a cut. */
export function membership(workload: Workload, fixed = false): void {
  const { sim } = workload;
  const down = workload.nodes("down");
  const serving = workload.serving();
  if (fixed && !sim.whole) return;
  if (down.length > 0 && workload.chance(0.4)) {
    const index = workload.oneOf(down);
    const restarted = sim.restart(index);
    workload.between(sim.hub(index), "restart", restarted, { kind: "open" });
  } else if (workload.chance(0.5) && sim.nodes.length < 10 && !fixed) {
    const joined = sim.join();
    workload.between(sim.hub(sim.nodes.length - 1), "join", joined, { kind: "open" });
  } else if (serving.length > 2) {
    const index = workload.oneOf(serving);
    const hub = sim.hub(index);
    workload.between(hub, `leave of ${hub.node}`, sim.leave(index), { kind: "close" });
  }
}

/** Does one act of the scenario's nemesis, now and then in the middle of moves. */
export async function nemesis(workload: Workload, kinds: readonly NemesisAct[]): Promise<void> {
  const { sim, followed } = workload;
  if (workload.chance(0.5)) {
    for (let i = 0; i < 4; i++) move(workload);
    await sim.run(workload.random.next() * 5);
  }
  const kind = kinds.length === 0 ? undefined : workload.oneOf(kinds);
  const victims = workload.nodes("up");
  const enough = workload.serving().length > 2;
  if (kind === "fail") workload.hub().ref(Ledger, workload.id()).tell("fail");
  else if (kind === "killThread") sim.killThread(workload.oneOf(victims), workload.below(2));
  else if (kind === "crash" && enough) sim.crash(workload.oneOf(victims));
  else if (kind === "freeze" && enough) {
    const victim = workload.oneOf(victims);
    sim.freeze(victim);
    followed.add(
      undefined,
      "thaw",
      sim.run(workload.random.next() * 6_000).then(() => sim.thaw(victim)),
    );
  } else if (kind === "cut") {
    const all = sim.nodes.map((_, index) => index);
    const side = all.filter(() => workload.chance(0.5));
    sim.cut([side, all.filter((index) => !side.includes(index))], { oneWay: workload.chance(0.3) });
    followed.add(
      undefined,
      "heal",
      sim.run(workload.random.next() * 8_000).then(() => sim.heal()),
    );
  }
}
