import { type ChildSpec, fromWireError, nodeOf, StartFailed, type StartOutcome, threadOfPlace } from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";
import type { ChildError, StartedPlacement, StartResult } from "./results.js";

/** What a batch of starts came to, as its user sees it. `checkExisting`: what ran already is an error; else it counts as started where it runs. */
export function startOutcomes(
  source: Pick<NodeDoor, "registry" | "ownership" | "local">,
  specs: readonly ChildSpec[],
  outcomes: readonly StartOutcome[],
  checkExisting: boolean,
): { readonly started: StartResult["started"]; readonly errors: readonly ChildError[] } {
  const specOf = new Map(specs.map((spec) => [spec.id, spec]));
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

/** Where it runs; undefined when it does not, or when it ran already and was not to. */
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

/** Named with the node that was to start it: this one when there is none. */
function startError(
  { ownership, local }: Pick<NodeDoor, "ownership" | "local">,
  { id, error }: StartOutcome,
  spec: ChildSpec | undefined,
): ChildError {
  const [owner] = spec === undefined ? [] : ownership.placement.owners(spec, 1);
  const failed = error === undefined ? new StartFailed(`actor ${id} did not start`, { id }) : fromWireError(error);
  return { id, node: owner ?? local.name, error: failed };
}
