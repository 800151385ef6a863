/*
 * Where an actor is, for those who write to it, stop it or move it: from the registry here, or from the node that admits its id.
 * Without it an actor that is being started, or that this node has not heard of yet, would count as not found.
 */
import { type ActorId, gather, type NodeName, nodeOf, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { Claims } from "./claims.js";
import type { Located } from "./lookup-queue.js";
import type { Ownership } from "./ownership.js";
import type { StandingReplicas } from "./standing-replicas.js";

/** What a locator looks at, and whom it asks. */
export interface LocatorPorts {
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly registry: { readonly orphans: Pick<Registry["orphans"], "has"> } & Pick<Registry, "current">;
  readonly sync: Pick<RegistrySync, "isCertain">;
  readonly claims: Pick<Claims, "isStarting">;
  readonly standing: Pick<StandingReplicas, "near">;
  readonly ownership: Pick<Ownership, "registrarOf">;
  readonly membership: Pick<Membership, "peer" | "has">;
  readonly group: Pick<ThreadGroup, "has">;
  readonly requests: Pick<Requests, "ask">;
  readonly isDown: (place: PlaceId) => boolean;
  readonly askTimeoutMs: number;
}

/** Where actors are, from this node's registry and from the nodes that admit their ids. */
export class Locator {
  readonly #ports: LocatorPorts;

  constructor(ports: LocatorPorts) {
    this.#ports = ports;
  }

  /** Where messages of this node for an actor go, as far as this node knows. */
  locate(id: ActorId): Located {
    const { local, standing, registry, claims, sync } = this.#ports;
    if (local.state === "starting") return "waits";
    const near = standing.near(id);
    if (near !== undefined) return near;
    const record = registry.current(id);
    if (record === undefined) {
      const mayExist = registry.orphans.has(id) || claims.isStarting(id) || !sync.isCertain;
      return mayExist ? "waits" : undefined;
    }
    const { place, epoch } = record;
    return record.state === "down" || !this.reaches(place) ? "waits" : { place, epoch };
  }

  /** The records of actors, from here or from their owners. */
  async locateAll(ids: readonly ActorId[]): Promise<Map<ActorId, RegistryRecord>> {
    const { registry, ownership, local } = this.#ports;
    const found = new Map<ActorId, RegistryRecord>();
    const unknown = new Map<NodeName, ActorId[]>();
    for (const id of ids) {
      const record = registry.current(id);
      const owner = ownership.registrarOf(id);
      if (record !== undefined) found.set(id, record);
      else if (owner !== undefined && owner !== local.name && !registry.orphans.has(id)) gather(unknown, owner, id);
    }
    const asks = [...unknown].map(([owner, some]) => this.askOwner(owner, some).catch(() => []));
    for (const record of (await Promise.all(asks)).flat()) found.set(record.spec.id, record);
    return found;
  }

  /** The other node that would know of an actor; undefined when that is this node, or no member. */
  ownerOf(id: ActorId): NodeName | undefined {
    const { ownership, local, membership } = this.#ports;
    const owner = ownership.registrarOf(id);
    return owner === local.name || membership.peer(owner ?? "") === undefined ? undefined : owner;
  }

  /** An owner's records of actors. Rejects as any request does: with `NodeDown`, `HubClosed`, or when there is no answer in time. */
  async askOwner(owner: NodeName, ids: readonly ActorId[]): Promise<readonly RegistryRecord[]> {
    const { requests, askTimeoutMs } = this.#ports;
    const { records } = await requests.ask(owner, { type: "locate", ids: [...ids] }, askTimeoutMs);
    return records;
  }

  /** True for a place on a thread of this node that lives, or of a member. */
  reaches(place: PlaceId): boolean {
    const { isDown, local, group, membership } = this.#ports;
    if (isDown(place)) return false;
    return nodeOf(place) === local.name ? group.has(place) : membership.has(place);
  }
}
