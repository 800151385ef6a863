import { type ActorId, gather, type NodeName, nodeOf, type PlaceId, type RegistryRecord } from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";
import type { Located } from "./lookup-queue.js";

/** Where actors are, by what this node knows and by what their owners say. */
export class Locator {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Where mail of this node for an actor goes, as far as is known here. */
  locate(id: ActorId): Located {
    const { state, replicas, registry, starter, sync } = this.#coordinator;
    if (state === "starting") return "waits";
    const near = replicas.near(id);
    if (near !== undefined) return near;
    const record = registry.current(id);
    if (record === undefined) {
      const mayExist = registry.orphans.has(id) || starter.isStarting(id) || !sync.isCertain;
      return mayExist ? "waits" : undefined;
    }
    const { place, epoch } = record;
    return record.state === "down" || !this.reaches(place) ? "waits" : { place, epoch };
  }

  /** What is known of actors, here or at their owners. */
  async locateAll(ids: readonly ActorId[]): Promise<Map<ActorId, RegistryRecord>> {
    const { registry, ownership, node } = this.#coordinator;
    const found = new Map<ActorId, RegistryRecord>();
    const unknown = new Map<NodeName, ActorId[]>();
    for (const id of ids) {
      const record = registry.current(id);
      const owner = ownership.registrarOf(id);
      if (record !== undefined) found.set(id, record);
      else if (owner !== undefined && owner !== node && !registry.orphans.has(id)) gather(unknown, owner, id);
    }
    const asks = [...unknown].map(([owner, some]) => this.askOwner(owner, some).catch(() => []));
    for (const record of (await Promise.all(asks)).flat()) found.set(record.spec.id, record);
    return found;
  }

  /** The other node that would know of an actor; undefined when that is this node, or no member. */
  ownerOf(id: ActorId): NodeName | undefined {
    const { ownership, node, membership } = this.#coordinator;
    const owner = ownership.registrarOf(id);
    return owner === node || membership.peer(owner ?? "") === undefined ? undefined : owner;
  }

  /** What an owner knows of actors. Rejects as any request does: with `NodeDown`, `HubClosed`, or when there is no answer in time. */
  async askOwner(owner: NodeName, ids: readonly ActorId[]): Promise<readonly RegistryRecord[]> {
    const { requests, settings } = this.#coordinator;
    const { records } = await requests.ask(owner, { type: "locate", ids: [...ids] }, settings.timings.askTimeoutMs);
    return records;
  }

  /** True for a place on a thread of this node that lives, or of a member. */
  reaches(place: PlaceId): boolean {
    const { mailer, node, group, membership } = this.#coordinator;
    if (mailer.isDown(place)) return false;
    return nodeOf(place) === node ? group.has(place) : membership.has(place);
  }
}
