/**
 * Actors of which there is one on each node: how they are named.
 * Without one rule for their ids a reference by node would lead nowhere.
 */
import { checkId, NodeName, optionError, shown } from "@process-hub/protocol";
import type { TypedActor } from "./ref.js";

/** Where actors of a kind run: anywhere in the hub, by its distribution; or one on each node that lists the kind. */
export const placements = ["hub", "node"] as const;
export type ActorPlacement = (typeof placements)[number];

/** An actor by its node: for those with `placement: "node"`. */
export interface OnNode {
  readonly node: string;
}

/** The placement of a definition. */
export function placementOf({ behaviour }: TypedActor): ActorPlacement {
  return (behaviour as { readonly placement?: ActorPlacement }).placement ?? "hub";
}

/** The id of the actor of a kind on a node. */
export function idOnNode(actor: string, node: string): string {
  return `${actor}@${node}`;
}

/** The id that a reference names: by id, or by node for a kind that is on each. Throws `HubConfigError`. */
export function idOf(call: string, actor: TypedActor, which: unknown): string {
  if (typeof which !== "object" || which === null) {
    checkId(call, which);
    return which;
  }
  const { node, ...rest } = which as { readonly node?: unknown };
  const allowed = 'an id, or { node } for an actor with placement: "node"';
  if (!NodeName.safeParse(node).success || Object.keys(rest).length > 0)
    throw optionError(call, { path: "id", given: shown(which), allowed });
  if (placementOf(actor) !== "node")
    throw optionError(call, { path: "id", given: `${shown(which)} of ${actor.name}, whose placement is "hub"`, allowed });
  return idOnNode(actor.name, String(node));
}
