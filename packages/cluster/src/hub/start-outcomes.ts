/*
 * Turns the outcomes of a batch of starts into the result that its user sees.
 * Without it a user would get the errors and placements of the protocol.
 */
import {
  type ActorId,
  type ChildSpec,
  fromWireError,
  nodeOf,
  Partitioned,
  StartFailed,
  type StartOutcome,
  threadOfPlace,
} from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";
import type { ChildError, StartedPlacement, StartResult } from "./results.js";

/** The result of a batch of starts. `checkExisting`: an actor that ran already is an error; else it counts as started where it runs. */
export function startOutcomes(
  source: Pick<NodeDoor, "registry" | "ownership" | "local">,
  specOf: ReadonlyMap<ActorId, ChildSpec>,
  outcomes: readonly StartOutcome[],
  checkExisting: boolean,
): { readonly started: StartResult["started"]; readonly errors: readonly ChildError[] } {
  const started: StartResult["started"][number][] = [];
  const errors: ChildError[] = [];
  for (const outcome of outcomes) {
    const { id } = outcome;
    const placements = placementsOf(source, outcome, checkExisting);
    if (placements === undefined) errors.push(startError(source, outcome, specOf.get(id)));
    else started.push({ id, placements });
  }
  return { started, errors };
}

/** Where the actor runs; undefined when it does not, or when it ran already and must not have. */
function placementsOf(
  { registry }: Pick<NodeDoor, "registry">,
  { id, placement, error }: StartOutcome,
  checkExisting: boolean,
): StartedPlacement[] | undefined {
  if (placement !== undefined) {
    return [{ node: nodeOf(placement.place), thread: threadOfPlace(placement.place), epoch: placement.epoch }];
  }
  if (error?.code !== "AlreadyStarted" || checkExisting) return undefined;
  return (registry.entry(id)?.replicas ?? []).map(({ node, thread, epoch }) => ({ node, thread, epoch }));
}

/** The error, with the node that was to start the actor, or that refused to have it started; this node when there is none. */
function startError(
  { ownership, local }: Pick<NodeDoor, "ownership" | "local">,
  { id, error }: StartOutcome,
  spec: ChildSpec | undefined,
): ChildError {
  const [owner] = spec === undefined ? [] : ownership.placement.owners(spec, 1);
  const failed = error === undefined ? new StartFailed(`actor ${id} did not start`, { id }) : fromWireError(error);
  const refused = failed instanceof Partitioned ? failed.fields.node : undefined;
  return { id, node: typeof refused === "string" ? refused : (owner ?? local.name), error: failed };
}
