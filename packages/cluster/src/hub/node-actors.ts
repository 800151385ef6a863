/*
 * Starts the actors of which there is one on each node that lists them.
 * Without it each program would start them by hand, under ids of its own, and on nodes that come later they would be missing.
 */
import { idOnNode, placementOf } from "@process-hub/actor";
import { type ActorId, type ChildSpec, fromWireError, StartFailed } from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";

/** The ids of a node's own actors. */
export function nodeActorIds({ settings, local }: Pick<NodeDoor, "settings" | "local">): ActorId[] {
  return settings.actors.filter((actor) => placementOf(actor) === "node").map(({ name }) => idOnNode(name, local.name));
}

/** Starts the node's own actors, those that do not run yet. Rejects with `StartFailed` when one cannot be started. */
export async function startNodeActors(node: NodeDoor): Promise<void> {
  const { settings, local, starter, startHooks } = node;
  const own = settings.actors.filter((actor) => placementOf(actor) === "node");
  if (own.length === 0) return;
  const specs = own.map(
    ({ name }): ChildSpec => ({
      ...{ id: idOnNode(name, local.name), actor: name, args: undefined, restart: "permanent" },
      ...{ nodes: [local.name], bound: true },
    }),
  );
  const outcomes = await starter.start(
    specs.map((spec) => startHooks.altered(spec)),
    0,
  );
  const failed = outcomes.find(({ error }) => error !== undefined && error.code !== "AlreadyStarted");
  if (failed?.error === undefined) return;
  const cause = fromWireError(failed.error);
  throw new StartFailed(`the actor ${failed.id} of this node could not be started: ${cause.message}`, { id: failed.id }, cause);
}
