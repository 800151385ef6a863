/*
 * The acts of a life that a user could do: messages, starts, stops, moves.
 * Without it a life would have no load, and the checks nothing to check.
 */
import type { Hub } from "@process-hub/cluster";
import { Ledger } from "./ledger.actor.js";
import type { Workload } from "./workload.js";

/** Sends some messages from one node to one actor, of every kind there is. */
export function talk(workload: Workload, times = Math.ceil(workload.random.next() * 6)): void {
  const { followed, figures } = workload;
  const hub = workload.hub();
  const ref = hub.ref(Ledger, workload.id());
  const ask = (what: string, work: Promise<unknown>, timeoutMs?: number): void => {
    figures.asks++;
    work.catch(() => figures.failedAsks++);
    const call = { kind: "ask", ids: [ref.id], ...(timeoutMs === undefined ? {} : { timeoutMs }) } as const;
    followed.add(hub, `${what} from ${hub.node} to ${ref.id}`, work, call);
  };
  for (let i = 0; i < times; i++) {
    const n = workload.entry();
    const kind = workload.random.next();
    if (kind < 0.4) ref.tell("note", { n });
    else if (kind < 0.5) ref.tell("slowly", { n });
    else if (kind < 0.65) ref.tell("pass", { n, to: workload.id() });
    else if (kind < 0.73) ref.tell("later", { n, delayMs: workload.random.next() * 500 });
    else if (kind < 0.82) ask("ask", ref.ask("note", { n }));
    else if (kind < 0.87) {
      const timeoutMs = 0.5 + workload.random.next() * 20;
      ask("short ask", ref.ask("slowly", { n }, { timeoutMs }), timeoutMs);
    } else if (kind < 0.97) ask("consult", ref.ask("consult", { n, to: workload.id() }));
    else ask("found", ref.ask("found", { n, to: workload.id() }));
  }
}

/** Moves one actor to a random place. */
export function move(workload: Workload): void {
  const { sim, figures, followed } = workload;
  const node = sim.nodes[workload.oneOf(workload.nodes("up"))]?.name ?? "";
  const thread = workload.below(2);
  const hub = workload.hub();
  const id = workload.id();
  const done = hub.move(id, { node, thread });
  done.then(
    () => figures.moves++,
    () => figures.refusedMoves++,
  );
  followed.add(hub, `move of ${id} to ${node}/${thread} by ${hub.node}`, done, { kind: "move", ids: [id], to: node });
}

/** Stops an actor, by a call or by a message that makes it stop itself. */
export function stop(workload: Workload): void {
  const hub = workload.hub();
  const id = workload.id();
  if (workload.chance(0.3)) hub.ref(Ledger, id).tell("retire");
  else workload.followed.add(hub, `stop of ${id} by ${hub.node}`, hub.stop(id), { kind: "stop", ids: [id] });
}

/** Starts an id, now and then from several nodes at once. */
export function start(workload: Workload): void {
  const id = `a-${workload.below(12)}`;
  const hubs: readonly Hub[] = workload.chance(0.4) ? [workload.hub(), workload.hub(), workload.hub()] : [workload.hub()];
  for (const hub of hubs)
    workload.followed.add(hub, `start of ${id} by ${hub.node}`, hub.start(Ledger, { id }), { kind: "start", ids: [id] });
}
