import type { Cast } from "./cast.js";
import { Ledger } from "./ledger.actor.js";
import { move } from "./users.js";

/** What can go wrong in a life, apart from what its network does. */
export type Trouble = "crash" | "freeze" | "cut" | "killThread" | "fail";

/** Nodes come, come back and leave, with all that goes on; nobody waits for them. `fixed`: none comes that was not there, nor during a cut. */
export function membership(cast: Cast, fixed = false): void {
  const { sim } = cast;
  const down = cast.nodes("down");
  const serving = cast.serving();
  if (fixed && !sim.whole) return;
  if (down.length > 0 && cast.chance(0.4)) {
    const index = cast.oneOf(down);
    const restarted = sim.restart(index);
    cast.between(sim.hub(index), "restart", restarted);
  } else if (cast.chance(0.5) && sim.nodes.length < 10 && !fixed) {
    const joined = sim.join();
    cast.between(sim.hub(sim.nodes.length - 1), "join", joined);
  } else if (serving.length > 2) {
    const index = cast.oneOf(serving);
    const hub = sim.hub(index);
    cast.between(hub, `leave of ${hub.node}`, sim.leave(index));
  }
}

/** One trouble of the regime's, now and then in the middle of moves. */
export async function trouble(cast: Cast, kinds: readonly Trouble[]): Promise<void> {
  const { sim, followed } = cast;
  if (cast.chance(0.5)) {
    for (let i = 0; i < 4; i++) move(cast);
    await sim.run(cast.random.next() * 5);
  }
  const kind = kinds.length === 0 ? undefined : cast.oneOf(kinds);
  const victims = cast.nodes("up");
  const enough = cast.serving().length > 2;
  if (kind === "fail") cast.hub().ref(Ledger, cast.id()).tell("fail");
  else if (kind === "killThread") sim.killThread(cast.oneOf(victims), cast.below(2));
  else if (kind === "crash" && enough) sim.crash(cast.oneOf(victims));
  else if (kind === "freeze" && enough) {
    const victim = cast.oneOf(victims);
    sim.freeze(victim);
    followed.add(
      undefined,
      "thaw",
      sim.run(cast.random.next() * 6_000).then(() => sim.thaw(victim)),
    );
  } else if (kind === "cut") {
    const all = sim.nodes.map((_, index) => index);
    const side = all.filter(() => cast.chance(0.5));
    sim.cut([side, all.filter((index) => !side.includes(index))], { oneWay: cast.chance(0.3) });
    followed.add(
      undefined,
      "heal",
      sim.run(cast.random.next() * 8_000).then(() => sim.heal()),
    );
  }
}
