/*
 * Starts the actors of which there is one on each node that lists them.
 * Without it each program would start them by hand, under ids of its own, and on nodes that come later they would be missing.
 */
import { idOnNode, placementOf } from "@process-hub/actor";
import { type ActorId, after, type ChildSpec, Partitioned, StartFailed } from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";
import { isNowhere } from "../placement/no-node.js";

/** The ids of a node's own actors. */
export function nodeActorIds({ settings, local }: Pick<NodeDoor, "settings" | "local">): ActorId[] {
  return settings.actors.filter((actor) => placementOf(actor) === "node").map(({ name }) => idOnNode(name, local.name));
}

/**
 * Starts the node's own actors, those that do not run yet: again after what passes, such as the death of the node that was asked; after a pause
 * of this node, when it serves. Rejects with `StartFailed` when one cannot be started.
 */
export async function startNodeActors(node: NodeDoor): Promise<void> {
  const { settings, local } = node;
  const own = settings.actors.filter((actor) => placementOf(actor) === "node");
  await Promise.all(
    own.map(({ name }) =>
      startOne(node, {
        ...{ id: idOnNode(name, local.name), actor: name, args: undefined, restart: "permanent" },
        ...{ nodes: [local.name], bound: true },
      }),
    ),
  );
}

async function startOne(node: NodeDoor, spec: ChildSpec): Promise<void> {
  const { gate, onDemand, clock, settings, hooks } = node;
  const { id } = spec;
  const { startTimeoutMs, markerRetryMs } = settings.timings;
  const endAtMs = clock.now() + startTimeoutMs;
  for (;;) {
    try {
      return await onDemand.get(spec);
    } catch (cause) {
      // Who is asked may not have met this node yet.
      const isUnmet = isNowhere(cause) && clock.now() < endAtMs;
      if (!(cause instanceof Partitioned) && !isUnmet) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new StartFailed(`the actor ${id} of this node could not be started: ${why}`, { id }, cause);
      }
      const late = (): void => {
        startOne(node, spec).catch((error: unknown) => hooks.log("error", String(error), error));
      };
      await gate.opened(late);
      if (gate.paused) return;
      // Its lease may have run out a moment before it pauses.
      await after(clock, markerRetryMs);
    }
  }
}
