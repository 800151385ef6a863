/*
 * Actors of one kind that a life has beside its ledgers, and what befalls any of them: starts, ends, moves, throws.
 * Without it each kind would have acts of its own for what befalls all of them.
 */
import type { TypedActor } from "@process-hub/actor";
import type { Weighted, Workload } from "../workload.js";

/** The messages that the actors of all troupes have. */
interface PlayerMessages {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  readonly note: { readonly input: { n: number }; readonly output: number };
  readonly retire: { readonly input: undefined; readonly output: unknown };
  readonly fail: { readonly input: undefined; readonly output: unknown };
}

/** A kind of actor whose actors are a troupe. */
export type Player = TypedActor & { readonly types?: { readonly messages: PlayerMessages; readonly args: undefined } };

/** One thing that is done to an actor of a troupe. */
export interface Scene extends Weighted {
  readonly act: (workload: Workload, id: string) => void;
}

/** Actors of one kind, and what is done to them alone. */
export interface Troupe {
  readonly actor: Player;
  readonly ids: readonly string[];
  readonly scenes: readonly Scene[];
}

/** What befalls the actors of every troupe. */
function common(actor: Player): readonly Scene[] {
  return [
    { weight: 3, act: (workload, id) => startOne(workload, actor, id) },
    { weight: 5, act: moveOne },
    { weight: 0.6, act: stopOne },
    { weight: 0.6, act: (workload, id) => void workload.hub().ref(actor, id).tell("retire") },
    { weight: 0.6, can: ({ scenario }) => scenario.nemesis.includes("fail"), act: (workload, id) => fails(workload, actor, id) },
  ];
}

/** Starts all actors of a troupe, as a life begins. */
export function enter(workload: Workload, { actor, ids }: Troupe): void {
  for (const id of ids) startOne(workload, actor, id);
}

/** Does some of it to one or two actors. */
export function perform(workload: Workload, { actor, ids, scenes }: Troupe): void {
  const table = [...scenes, ...common(actor)];
  for (let left = 1 + workload.below(3); left > 0; left--) workload.pick(table).act(workload, workload.oneOf(ids));
}

function startOne(workload: Workload, actor: Player, id: string): void {
  const hub = workload.hub();
  workload.followed.add(hub, `start of ${id} by ${hub.node}`, hub.start(actor, { id }), { kind: "start", ids: [id] });
}

function moveOne(workload: Workload, id: string): void {
  const hub = workload.hub();
  const node = workload.anyNode();
  const moved = hub.move(id, { node, thread: workload.below(2) });
  workload.followed.add(hub, `move of ${id} to ${node} by ${hub.node}`, moved, { kind: "move", ids: [id], to: node });
}

function stopOne(workload: Workload, id: string): void {
  const hub = workload.hub();
  workload.followed.add(hub, `stop of ${id} by ${hub.node}`, hub.stop(id), { kind: "stop", ids: [id] });
}

function fails(workload: Workload, actor: Player, id: string): void {
  workload.did("fail");
  workload.hub().ref(actor, id).tell("fail");
}
