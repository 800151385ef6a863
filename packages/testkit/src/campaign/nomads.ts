/*
 * What a life does where its nodes have different builds: nomads are started where that will be possible, written to, moved and ended; wardens
 * are written to by their node; nodes are deployed anew.
 * Without it kinds that some nodes have only would be placed by unit tests alone.
 */
import { Nomad } from "./nomad.actor.js";
import { leave, restart } from "./operators.js";
import { Warden } from "./warden.actor.js";
import type { Weighted, Workload } from "./workload.js";

const nomadIds = 4;
const laterMs = 400;
/** How often, and how far apart, all is stopped whose start waits, before a life ends. */
const stopRounds = 6;
const betweenRoundsMs = 3_000;

interface Line extends Weighted {
  readonly act: (workload: Workload) => void;
}

const lines: readonly Line[] = [
  { weight: 6, act: write },
  { weight: 4, act: start },
  { weight: 4, act: move },
  { weight: 4, act: writeToWarden },
  { weight: 1, act: (workload) => void workload.hub().ref(Nomad, nomadId(workload)).tell("retire") },
  { weight: 1, act: (workload) => stop(workload, nomadId(workload)) },
  { weight: 1.5, act: deploy },
];

/** Does some of it. */
export function nomads(workload: Workload): void {
  for (let left = 1 + workload.below(3); left > 0; left--) workload.pick(lines).act(workload);
}

/** Has the starts that wait end: by stops, or by a node that has their kind. */
export async function endWaiting(workload: Workload): Promise<void> {
  const { sim, waiting, builds } = workload;
  if (builds === undefined || waiting.size === 0) return;
  if (workload.chance(0.5)) {
    // A start that was on its way when its actor was stopped begins to wait after that.
    for (let rounds = 0; rounds < stopRounds && waiting.size > 0 && workload.serving().length > 0; rounds++) {
      for (const id of new Set([...waiting].map((one) => one.id))) stop(workload, id);
      await sim.run(betweenRoundsMs);
    }
    return;
  }
  builds.whole = true;
  await sim.until("no node joins or leaves", () => !workload.isBetween && workload.doubled.size === 0);
  const [down] = workload.nodes("down");
  if (down !== undefined) restart(workload, down);
  else await redeployed(workload);
}

function write(workload: Workload): void {
  const hub = workload.hub();
  const id = nomadId(workload);
  const ref = hub.ref(Nomad, id);
  for (let left = 1 + workload.below(4); left > 0; left--) {
    const n = workload.entry();
    const draw = workload.below(6);
    if (draw < 3) ref.tell("note", { n });
    else if (draw === 3) ref.tell("visit", { n, to: nomadId(workload) });
    else if (draw === 4) ref.tell("later", { n, delayMs: laterMs * workload.random.next() });
    else workload.followed.add(hub, `ask of ${id} by ${hub.node}`, ref.ask("note", { n }), { kind: "ask", ids: [id] });
  }
}

function start(workload: Workload): void {
  const { sim, waiting, followed } = workload;
  workload.did("whenPossible");
  const hub = workload.hub();
  const id = nomadId(workload);
  const couldRun = sim.nodes.some((node) => node.state === "up" && node.hub.builds().some(hasNomads));
  const started = hub.start(Nomad, { id, whenPossible: true });
  const waits = { id };
  waiting.add(waits);
  started.then(
    () => {
      waiting.delete(waits);
      if (!couldRun) workload.did("waitedForKind");
    },
    (error: unknown) => {
      waiting.delete(waits);
      if (String(error).includes("was stopped before a node could run it")) workload.did("waitStopped");
    },
  );
  followed.add(hub, `start ${workload.entry()} of ${id} when possible by ${hub.node}`, started, { kind: "start", ids: [id] });
}

function hasNomads({ kinds }: { readonly kinds: readonly { readonly name: string }[] }): boolean {
  return kinds.some(({ name }) => name === "nomad");
}

function move(workload: Workload): void {
  const hub = workload.hub();
  const id = nomadId(workload);
  const node = workload.anyNode();
  const moved = hub.move(id, { node, thread: workload.below(2) });
  workload.followed.add(hub, `move of ${id} to ${node} by ${hub.node}`, moved, { kind: "move", ids: [id], to: node });
}

function stop(workload: Workload, id: string): void {
  const hub = workload.hub();
  workload.followed.add(hub, `stop of ${id} by ${hub.node}`, hub.stop(id), { kind: "stop", ids: [id] });
}

function writeToWarden(workload: Workload): void {
  workload.did("wardens");
  const hub = workload.hub();
  const node = workload.anyNode();
  const ref = hub.ref(Warden, { node });
  ref.tell("note", { n: workload.entry() });
  const asked = ref.ask("note", { n: workload.entry() });
  workload.followed.add(hub, `ask of ${ref.id} by ${hub.node}`, asked, { kind: "ask", ids: [ref.id] });
}

/** A node leaves, and comes back with another build; in a hub that counts its nodes, while the network is whole. */
function deploy(workload: Workload): void {
  if (workload.serving().length < 3 || !workload.sim.whole) return;
  workload.followed.add(
    undefined,
    "a deploy",
    redeployed(workload).catch(() => {}),
  );
}

async function redeployed(workload: Workload): Promise<void> {
  const { sim, doubled } = workload;
  const index = workload.oneOf(workload.serving());
  const hub = sim.hub(index);
  await leave(workload, index);
  // A second process of its name may be about to take its place.
  if (doubled.has(index) || sim.hub(index) !== hub) return;
  if (sim.whole && sim.nodes[index]?.state === "down") restart(workload, index);
}

function nomadId(workload: Workload): string {
  return `nomad-${workload.below(nomadIds)}`;
}
