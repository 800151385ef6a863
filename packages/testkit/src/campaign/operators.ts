/*
 * The acts of a life that an operator could do: nodes that join, leave, drain, come back and take other names.
 * Without it all nodes of a life would stay, and nothing would ever be handed over.
 */
import { HubConfigError } from "@process-hub/protocol";
import { talk } from "./users.js";
import type { Workload } from "./workload.js";

/** The most nodes of a life. */
const mostNodes = 10;

/** Has nodes join, come back and leave while all else goes on. Under a quorum no new node joins, and none comes back during a cut. */
export function membership(workload: Workload): void {
  const { sim, scenario } = workload;
  const fixed = scenario.quorum !== undefined;
  const down = workload.nodes("down");
  if (fixed && !sim.whole) return;
  if (down.length > 0 && workload.chance(0.4)) restart(workload, workload.oneOf(down));
  else if (workload.chance(0.5) && sim.nodes.length < mostNodes && !fixed) {
    workload.did("join");
    const joined = sim.join();
    workload.between(sim.hub(sim.nodes.length - 1), "join", joined, { kind: "open" });
  } else if (workload.serving().length > 2) leave(workload, workload.oneOf(workload.serving()));
}

/** A node that is down starts again, where builds differ with another one. */
export function restart(workload: Workload, index: number): void {
  const { sim, builds } = workload;
  builds?.redraw(sim.nodes[index]?.name ?? "");
  workload.did("restart");
  // Another process of its name may have woken, which its last one had replaced.
  const restarted = sim.restart(index).catch((error: unknown) => {
    if (!(error instanceof HubConfigError)) throw error;
    workload.did("namesakeRefused");
  });
  workload.between(sim.hub(index), "restart", restarted, { kind: "open" });
}

/** A node leaves. Resolves when it has. */
export function leave(workload: Workload, index: number): Promise<unknown> {
  const { sim } = workload;
  workload.did("leave");
  const hub = sim.hub(index);
  const left = sim.leave(index);
  workload.between(hub, `leave of ${hub.node}`, left, { kind: "close" });
  return left;
}

/** Moves a batch of actors to a random place. */
export function moveAll(workload: Workload): void {
  const { figures, followed } = workload;
  workload.did("moveAll");
  const hub = workload.hub();
  const node = workload.anyNode();
  const ids = [...new Set(Array.from({ length: 6 }, () => workload.id()))];
  const done = hub.moveAll(ids, { node, ...(workload.chance(0.5) ? { thread: workload.below(2) } : {}) });
  const counted = done.then(({ moved, errors }) => {
    figures.moves += moved.length;
    figures.refusedMoves += errors.length;
  });
  counted.catch(() => {});
  followed.add(hub, `move of ${ids.join()} to ${node} by ${hub.node}`, done, { kind: "moveAll", ids, to: node });
}

/** Drains a node, which stays; now and then it leaves when it has drained. One node of a life drains at a time. */
export function drain(workload: Workload): void {
  const { sim, followed } = workload;
  const index = workload.oneOf(workload.serving());
  const hub = sim.hub(index);
  workload.draining = hub;
  workload.did(sim.whole ? "drain" : "drainInCut");
  workload.broke("drain");
  const force = workload.chance(0.3);
  const drained = hub.drain({ deadlineMs: 200 + workload.random.next() * 3_000, force });
  drained.then(
    ({ ended }) => void (ended.length > 0 && workload.did("drainForced")),
    () => {},
  );
  followed.add(hub, `drain of ${hub.node}`, drained, { kind: "drain" });
  if (workload.chance(0.5)) return;
  const goes = (): void => {
    if (sim.whole && workload.serving().length > 2 && workload.serving().includes(index) && sim.hub(index) === hub)
      leave(workload, index).catch(() => {});
  };
  followed.add(
    undefined,
    "what follows a drain",
    drained.then(goes, () => {}),
  );
}

/** True when a node may drain: enough others take its actors, and none has drained already. */
export function mayDrain(workload: Workload): boolean {
  const { sim, draining } = workload;
  return workload.serving().length > 2 && !sim.nodes.some(({ hub, state }) => hub === draining && state !== "down");
}

/** Has all nodes but one leave; that one takes another name, amid messages; then the others come back. */
export async function rename(workload: Workload): Promise<void> {
  const { sim, followed } = workload;
  const index = workload.oneOf(workload.serving());
  const others = workload.serving().filter((other) => other !== index);
  await Promise.allSettled(others.map((other) => leave(workload, other)));
  await sim.until("the node is alone", () => sim.hub(index).nodes().length === 0, 20_000).catch(() => {});
  talk(workload);
  const renamed = sim.rename(index, `${sim.nodes[index]?.name}x`).then(() => workload.did("rename"));
  followed.add(sim.hub(index), `rename of ${sim.hub(index).node}`, renamed);
  talk(workload);
  await renamed.catch(() => {});
  for (const down of workload.nodes("down")) restart(workload, down);
}

/** True when a node may be left alone for a while: none is broken, joins or leaves. */
export function mayRename(workload: Workload): boolean {
  const { sim, scenario } = workload;
  return scenario.quorum === undefined && sim.whole && !workload.isBetween && sim.nodes.every(({ state }) => state !== "frozen");
}

/** Tells all how many nodes there are: as many as there were from the beginning. */
export function resetClusterSize(workload: Workload): void {
  const { sim, followed } = workload;
  const hub = workload.hub();
  const done = hub.resetClusterSize(sim.nodes.length).then(() => workload.did("resetClusterSize"));
  followed.add(hub, `reset of the cluster's size by ${hub.node}`, done);
}

/** True when the scenario counts nodes, and all can hear of their number. */
export function mayResetClusterSize({ sim, scenario }: Workload): boolean {
  return scenario.quorum !== undefined && sim.whole;
}
