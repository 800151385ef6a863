/*
 * What a life does with actors that nobody starts: mail, `get`, moves and ends of one of them, from several nodes in one moment.
 * Without it the races of a start by mail with an end, a move or a death would come about by luck alone.
 */
import { Guest, guestIdleMs } from "./guest.actor.js";
import type { Weighted, Workload } from "./workload.js";

const guestIds = 3;

interface Line extends Weighted {
  readonly act: (workload: Workload, id: string) => void;
}

const lines: readonly Line[] = [
  { weight: 8, act: (workload, id) => void workload.hub().ref(Guest, id).tell("note", { n: workload.entry() }) },
  {
    weight: 6,
    act: (workload, id) => {
      const hub = workload.hub();
      const asked = hub.ref(Guest, id).ask("note", { n: workload.entry() });
      workload.followed.add(hub, `ask of ${id} by ${hub.node}`, asked, { kind: "ask", ids: [id] });
    },
  },
  {
    weight: 4,
    act: (workload, id) => {
      const hub = workload.hub();
      workload.followed.add(hub, `get of ${id} by ${hub.node}`, hub.get(Guest, id), { kind: "start", ids: [id] });
    },
  },
  {
    weight: 3,
    act: (workload, id) =>
      void workload
        .hub()
        .ref(Guest, id)
        .tell("visit", { n: workload.entry(), to: guestId(workload) }),
  },
  {
    weight: 1,
    act: (workload, id) => {
      const delayMs = 2 * guestIdleMs * workload.random.next();
      workload.hub().ref(Guest, id).tell("later", { n: workload.entry(), delayMs });
    },
  },
  { weight: 1, act: (workload, id) => void workload.hub().ref(Guest, id).tell("retire") },
  {
    weight: 1,
    act: (workload, id) => {
      const hub = workload.hub();
      workload.followed.add(hub, `stop of ${id} by ${hub.node}`, hub.stop(id), { kind: "stop", ids: [id] });
    },
  },
  {
    weight: 3,
    act: (workload, id) => {
      const hub = workload.hub();
      const node = workload.anyNode();
      const moved = hub.move(id, { node, thread: workload.below(2) });
      workload.followed.add(hub, `move of ${id} to ${node} by ${hub.node}`, moved, { kind: "move", ids: [id], to: node });
    },
  },
];

/** Does some of it to one guest, now, and when it is about to end. */
export function guests(workload: Workload): void {
  const { sim, random, followed } = workload;
  workload.did("guests");
  const id = guestId(workload);
  const some = (): void => {
    for (let left = 1 + workload.below(6); left > 0; left--) workload.pick(lines).act(workload, id);
  };
  some();
  const later = sim.run(guestIdleMs - 30 + 60 * random.next()).then(() => {
    if (workload.serving().length > 0) some();
  });
  followed.add(undefined, "guests later", later);
}

function guestId(workload: Workload): string {
  return `guest-${workload.below(guestIds)}`;
}
