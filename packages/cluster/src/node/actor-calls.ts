/*
 * Answers what the actors of this node's threads ask of their hub, as the hub itself would answer it.
 * Without it a handler could look at the hub only by way of a main thread that somebody wrote for it.
 */
import { fromWireError, type HubCall } from "@process-hub/protocol";
import { hasStopped } from "../lifecycle/stopper.js";
import type { Parts } from "./parts.js";

/** The answer to a call. Rejects with its error. */
export async function answerActor(
  { registry, membership, local, stopper, settings }: Pick<Parts, "registry" | "membership" | "local" | "stopper" | "settings">,
  call: HubCall,
): Promise<unknown> {
  switch (call.type) {
    case "nodes":
      return [local.name, ...membership.peers.map(({ node }) => node)].sort();
    case "list":
      return registry.find({ actor: call.actor, tag: call.tag });
    case "stop": {
      const [outcome] = await stopper.stop([call.id], call.timeoutMs ?? settings.timings.stopTimeoutMs);
      if (outcome?.error !== undefined && !hasStopped(outcome)) throw fromWireError(outcome.error);
      return undefined;
    }
    default:
      call satisfies never;
      throw new Error("unreachable");
  }
}
