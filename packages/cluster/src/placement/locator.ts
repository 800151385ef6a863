/*
 * Where an actor is, for those who write to it, stop it or move it: from the registry here, or from the node that admits its id.
 * Without it an actor that is being started, or that this node has not heard of yet, would count as not found.
 */
import {
  type ActorId,
  type Clock,
  gather,
  type NodeName,
  nodeOf,
  ownTurn,
  type PlaceId,
  type RegistryRecord,
} from "@process-hub/protocol";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Requests } from "../membership/requests.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { Claims } from "./claims.js";
import type { Known, Located } from "./lookup-queue.js";
import type { Ownership } from "./ownership.js";
import type { StandingReplicas } from "./standing-replicas.js";

/** How often a question is passed on while nodes see different members. */
const maxHops = 2;

/** What a locator looks at, and whom it asks. */
export interface LocatorPorts {
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly registry: { readonly orphans: Pick<Registry["orphans"], "has"> } & Pick<Registry, "current">;
  readonly sync: Pick<RegistrySync, "isCertain" | "certain">;
  readonly claims: Pick<Claims, "isUnderWay" | "starterOf">;
  readonly standing: Pick<StandingReplicas, "near">;
  readonly ownership: Pick<Ownership, "registrarOf">;
  readonly membership: Pick<Membership, "peer" | "has">;
  readonly group: Pick<ThreadGroup, "has">;
  readonly requests: Pick<Requests, "ask">;
  readonly isDown: (place: PlaceId) => boolean;
  readonly clock: Pick<Clock, "defer">;
  readonly askTimeoutMs: number;
}

/** What is known of several actors: their records, and for those that have none yet, but are to run, the node that speaks for them. */
export interface Found {
  readonly records: ReadonlyMap<ActorId, RegistryRecord>;
  readonly pending: ReadonlyMap<ActorId, NodeName>;
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
      const mayExist = registry.orphans.has(id) || claims.isUnderWay(id) || !sync.isCertain;
      return mayExist ? "waits" : undefined;
    }
    const { place, epoch } = record;
    return record.state === "down" || !this.reaches(place) ? "waits" : { place, epoch };
  }

  /** The records of actors, from here or from their registrars. */
  async locateAll(ids: readonly ActorId[]): Promise<Found> {
    const { registry, ownership, local, claims, clock } = this.#ports;
    const records = new Map<ActorId, RegistryRecord>();
    const pending = new Map<ActorId, NodeName>();
    const unknown = new Map<NodeName, ActorId[]>();
    for (const id of ids) {
      const record = registry.current(id);
      if (record !== undefined) {
        records.set(id, record);
        continue;
      }
      const starter = claims.starterOf(id);
      if (starter !== undefined) pending.set(id, starter);
      const owner = ownership.registrarOf(id);
      if (owner !== undefined && owner !== local.name && !registry.orphans.has(id)) gather(unknown, owner, id);
    }
    const asks = [...unknown].map(async ([owner, some]) => {
      const known = await this.askOwner(owner, some).catch((): Known => ({ records: [], pending: [] }));
      for (const record of known.records) records.set(record.spec.id, record);
      for (const id of known.pending) pending.set(id, owner);
    });
    await Promise.all(asks);
    // Several of these may be answered at once, or by a node that went.
    const turn = asks.length === 0 ? undefined : ownTurn(clock, ids.length);
    if (turn !== undefined) await turn;
    return { records, pending };
  }

  /**
   * What another node hears that takes this one for the registrar of these ids. When this node knows nothing of an id and another one is its
   * registrar in this node's view, that one is asked: the view changes just now. `hops`: how often the question was passed on already.
   */
  async known(ids: readonly ActorId[], hops: number): Promise<Known> {
    const { registry, claims, sync, ownership } = this.#ports;
    if (!sync.isCertain) await sync.certain();
    const records: RegistryRecord[] = [];
    const pending: ActorId[] = [];
    const elsewhere = new Map<NodeName, ActorId[]>();
    for (const id of ids) {
      const record = registry.current(id);
      const owner = hops < maxHops ? this.ownerOf(id) : undefined;
      if (record !== undefined) records.push(record);
      else if (claims.isUnderWay(id) || registry.orphans.has(id) || ownership.registrarOf(id) === undefined) pending.push(id);
      else if (owner !== undefined) gather(elsewhere, owner, id);
    }
    const asks = [...elsewhere].map(async ([owner, some]) => {
      // A node that leaves, or dies, under the question: the asker is to ask again, in a newer view.
      const known = await this.askOwner(owner, some, hops + 1).catch((): Known => ({ records: [], pending: some }));
      records.push(...known.records);
      pending.push(...known.pending);
    });
    await Promise.all(asks);
    return { records, pending };
  }

  /** The other node that would know of an actor; undefined when that is this node, or no member. */
  ownerOf(id: ActorId): NodeName | undefined {
    const { ownership, local, membership } = this.#ports;
    const owner = ownership.registrarOf(id);
    return owner === local.name || membership.peer(owner ?? "") === undefined ? undefined : owner;
  }

  /** What a registrar knows of actors. Rejects as any request does: with `NodeDown`, `HubClosed`, or when there is no answer in time. */
  async askOwner(owner: NodeName, ids: readonly ActorId[], hops = 0): Promise<Known> {
    const { requests, askTimeoutMs } = this.#ports;
    const question = { type: "locate" as const, ids: [...ids], ...(hops === 0 ? {} : { hops }) };
    const { records, pending = [] } = await requests.ask(owner, question, askTimeoutMs);
    return { records, pending };
  }

  /** True for a place on a thread of this node that lives, or of a member. */
  reaches(place: PlaceId): boolean {
    const { isDown, local, group, membership } = this.#ports;
    if (isDown(place)) return false;
    return nodeOf(place) === local.name ? group.has(place) : membership.has(place);
  }
}
