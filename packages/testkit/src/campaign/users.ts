import type { Hub } from "@process-hub/cluster";
import type { Cast } from "./cast.js";
import { Ledger } from "./ledger.actor.js";

/** Some messages from one node to one actor, of every kind there is. */
export function talk(cast: Cast, times = Math.ceil(cast.random.next() * 6)): void {
  const { followed, figures } = cast;
  const hub = cast.hub();
  const ref = hub.ref(Ledger, cast.id());
  const ask = (what: string, work: Promise<unknown>): void => {
    figures.asks++;
    followed.add(
      hub,
      `${what} from ${hub.node} to ${ref.id}`,
      work.catch(() => figures.failedAsks++),
    );
  };
  for (let i = 0; i < times; i++) {
    const n = cast.entry();
    const kind = cast.random.next();
    if (kind < 0.4) ref.tell("note", { n });
    else if (kind < 0.5) ref.tell("slowly", { n });
    else if (kind < 0.65) ref.tell("pass", { n, to: cast.id() });
    else if (kind < 0.73) ref.tell("later", { n, delayMs: cast.random.next() * 500 });
    else if (kind < 0.82) ask("ask", ref.ask("note", { n }));
    else if (kind < 0.87) ask("short ask", ref.ask("slowly", { n }, { timeoutMs: 0.5 + cast.random.next() * 20 }));
    else if (kind < 0.97) ask("consult", ref.ask("consult", { n, to: cast.id() }));
    else ask("found", ref.ask("found", { n, to: cast.id() }));
  }
}

/** One actor is sent to a place of its mover's choice. */
export function move(cast: Cast): void {
  const { sim, figures, followed } = cast;
  const node = sim.nodes[cast.oneOf(cast.nodes("up"))]?.name ?? "";
  const thread = cast.below(2);
  const hub = cast.hub();
  const id = cast.id();
  const done = hub.move(id, { node, thread }).then(
    () => figures.moves++,
    () => figures.refusedMoves++,
  );
  followed.add(hub, `move of ${id} to ${node}/${thread} by ${hub.node}`, done);
}

/** Stops an actor, by order or by its own doing. */
export function stop(cast: Cast): void {
  const hub = cast.hub();
  const id = cast.id();
  if (cast.chance(0.3)) hub.ref(Ledger, id).tell("retire");
  else cast.followed.add(hub, `stop of ${id}`, hub.stop(id));
}

/** Starts an id, now and then from several nodes at once. */
export function start(cast: Cast): void {
  const id = `a-${cast.below(12)}`;
  const hubs: readonly Hub[] = cast.chance(0.4) ? [cast.hub(), cast.hub(), cast.hub()] : [cast.hub()];
  for (const hub of hubs) cast.followed.add(hub, `start of ${id} by ${hub.node}`, hub.start(Ledger, { id }));
}
