/*
 * Starts the actors that most rows talk to, and makes the references to them.
 * Without it each row would start them in a way of its own.
 */
import { type ActorRef, child, type Hub } from "process-hub";
import { Echo } from "./echo.actor.js";

/** References to `count` echoes, started by a hub: on a node, or wherever its strategies place them. */
export async function startEchoes(hub: Hub, count: number, node?: string): Promise<ActorRef<typeof Echo>[]> {
  const where = node === undefined ? {} : { nodes: [node] };
  const ids = Array.from({ length: count }, (_, i) => `echo-${i}`);
  const { errors } = await hub.startChildren(ids.map((id) => child(Echo, { id, ...where })));
  if (errors[0] !== undefined) throw errors[0].error;
  return ids.map((id) => hub.ref(Echo, id));
}
