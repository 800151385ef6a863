/*
 * Says in plain data and one line why an actor is where it is.
 * Without it an operator would have to put owners, epochs and strategies together by hand.
 */
import { type ActorId, type Epoch, type NodeName, nodeOf, type RegistryRecord, threadOfPlace } from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";
import { migrationOf, redundancyOf } from "../settings/kind-strategies.js";

/**
 * The state of an actor. "moving": handed over, and its new place has not recorded it yet. "restarting": its thread died, or it is being
 * swapped. "orphaned": its node is gone, and another is about to start it. "waiting": no node that may run it is there, or takes actors.
 */
export type ActorState = "running" | "starting" | "moving" | "restarting" | "orphaned" | "waiting" | "unknown";

/** One strategy of the hub: its name and its settings. */
export interface StrategyInUse {
  readonly name: string;
  readonly settings: unknown;
}

/** Why an actor is where it is, as one node sees it. Plain data. */
export interface Explanation {
  readonly id: ActorId;
  readonly state: ActorState;
  /** Where it runs, ran last, or is moving to; absent for an unknown actor. `sinceMs`: when its state began, by `init`. */
  readonly place?:
    | { readonly node: NodeName; readonly thread: number; readonly epoch: Epoch; readonly sinceMs: number }
    | undefined;
  /** The nodes that the distribution strategy names now, the first choice first. */
  readonly owners: readonly NodeName[];
  /** The node that admits the id, and has its actor started where it belongs. */
  readonly registrar?: NodeName | undefined;
  /** The nodes its starter pinned it to. */
  readonly pinned?: readonly NodeName[] | undefined;
  /** The nodes that take no actors yet but those that no other may run, since they are newcomers (`probationMs`). */
  readonly onProbation: readonly NodeName[];
  /** How many messages of this node's main thread wait until the actor has a place. */
  readonly held: number;
  readonly strategies: Readonly<
    Record<"distribution" | "migration" | "redundancy" | "synchronization" | "partitionTolerance", StrategyInUse>
  >;
  /** All of it in one line. */
  readonly text: string;
}

/** The parts of a node that an explanation is read from. */
export type ExplanationSource = Pick<
  NodeDoor,
  "registry" | "ownership" | "claims" | "mailer" | "settings" | "opening" | "membership" | "card"
>;

/** Why an actor is where it is, from what this node knows. */
export function explain(source: ExplanationSource, id: ActorId): Explanation {
  const { registry, ownership, mailer, settings } = source;
  const { placement, view } = ownership;
  const record = registry.current(id) ?? registry.orphans.get(id);
  const state = stateOf(source, id, record);
  const spec = record === undefined ? { id, actor: "" } : ownership.again(record.spec, record.place);
  const child = { ...spec, ...(state === "running" && record ? { host: nodeOf(record.place) } : {}) };
  const owners = placement.owners(child, view.nodes.length);
  const failure = owners.length > 0 ? undefined : placement.failureOf(child);
  const failed = failure && `; where it belongs is not known: ${failure.message}`;
  const onProbation = [source.card, ...source.membership.peers]
    .flatMap((one) => (one.probation === true ? [one.node] : []))
    .sort();
  const { distribution, migration, redundancy, synchronization, partitionTolerance } = settings;
  const inUse = ({ name, settings: given }: StrategyInUse): StrategyInUse => ({ name, settings: given });
  const place = record && {
    node: nodeOf(record.place),
    thread: threadOfPlace(record.place),
    epoch: record.epoch,
    sinceMs: record.life.bornAtMs,
  };
  return {
    id,
    state,
    place,
    owners,
    registrar: ownership.registrarOf(id),
    pinned: record?.spec.nodes,
    onProbation,
    held: mailer.routes.heldFor(id),
    strategies: {
      distribution: inUse(distribution),
      migration: inUse(migrationOf(settings.actors, migration)(spec.actor)),
      redundancy: inUse(redundancyOf(settings.actors, redundancy)(spec.actor)),
      synchronization: inUse(synchronization),
      partitionTolerance: inUse(partitionTolerance),
    },
    text: [
      id,
      record?.waiting?.fresh === true && state === "waiting"
        ? " waits for a node that can run it, and has not run yet"
        : does(state, place),
      failed ?? why(state, place?.node, owners, distribution.name),
      pins(record?.spec.nodes),
      newcomers(onProbation),
      source.opening.missing === undefined ? "" : `; no actor starts yet: ${source.opening.missing}`,
    ].join(""),
  };
}

function stateOf(
  { registry, claims, ownership }: ExplanationSource,
  id: ActorId,
  record: RegistryRecord | undefined,
): ActorState {
  const isHomeless = ({ spec, place }: RegistryRecord): boolean =>
    ownership.registrarFor(ownership.again(spec, place)) === undefined;
  if (registry.current(id) !== undefined) {
    if (record?.state === "moved") return "moving";
    if (record?.state !== "down") return "running";
    return isHomeless(record) ? "waiting" : "restarting";
  }
  if (record !== undefined) return isHomeless(record) ? "waiting" : "orphaned";
  return claims.isStarting(id) ? "starting" : "unknown";
}

function does(state: ActorState, place: Explanation["place"]): string {
  const where = place === undefined ? "" : ` on node ${place.node}, thread ${place.thread}, under epoch ${place.epoch}`;
  switch (state) {
    case "running":
      return ` runs${where}`;
    case "moving":
      return ` is on its way to its place${where}`;
    case "restarting":
      return ` is being started again: it last ran${where}`;
    case "starting":
      return " is being started";
    case "orphaned":
      return ` is about to be started again: it last ran${where}, which is gone`;
    case "waiting":
      return ` waits for its node: it last ran${where}`;
    case "unknown":
      return " is not known to run anywhere";
    default:
      return state satisfies never;
  }
}

function why(state: ActorState, node: NodeName | undefined, owners: readonly NodeName[], distribution: string): string {
  const [owner] = owners;
  if (owner === undefined) return `; by ${distribution} no node of the hub may run it now`;
  if (state !== "running") return `; by ${distribution} it belongs on ${owner}`;
  return owner === node ? `, where it belongs by ${distribution}` : `; by ${distribution} it belongs on ${owner}`;
}

function newcomers(nodes: readonly NodeName[]): string {
  return nodes.length === 0 ? "" : `; on probation, and taking no actors yet: ${nodes.join(", ")}`;
}

function pins(nodes: readonly NodeName[] | undefined): string {
  return nodes === undefined ? "" : `; its starter allows ${nodes.join(", ")} only`;
}
