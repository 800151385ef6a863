import { type ActorId, ActorNotFound, type NodeName, nodeOf, type PlaceId, toWireError, type WireError } from "@process-hub/protocol";
import type { Coordinator } from "./coordinator.js";
import { gather } from "./gather.js";
import { failuresById } from "./recovery.js";

const maxHops = 3;
const batchSize = 1_000;

/** What became of one stop, and on which node. */
export interface Stopped {
  readonly id: ActorId;
  readonly node: NodeName;
  readonly error?: WireError;
}

/** Stops actors, wherever they are. Only the nodes that host them are asked, and waited for. */
export class Stopper {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** One outcome each, in no order; never rejects. An actor that moves meanwhile is followed. */
  async stop(ids: readonly ActorId[], deadlineMs: number, reason = "stop", hops = 0): Promise<Stopped[]> {
    const { node, registry, locateAll } = this.#coordinator;
    const found = await locateAll(ids);
    const byHost = new Map<NodeName, ActorId[]>();
    const outcomes: Stopped[] = [];
    for (const id of ids) {
      const record = found.get(id);
      if (record !== undefined) gather(byHost, nodeOf(record.place), id);
      else if (registry.orphans.has(id)) {
        registry.publish([{ op: "drop", id, epoch: registry.orphans.get(id)?.epoch ?? 0, ended: true }]);
        outcomes.push({ id, node });
      } else outcomes.push({ id, node, error: toWireError(new ActorNotFound(`no actor has the id ${id}`, { id })) });
    }
    const parts = [...byHost].map(([host, some]) => (host === node ? this.#here(some, deadlineMs, reason, hops) : this.#there(host, some, deadlineMs)));
    return outcomes.concat(...(await Promise.all(parts)));
  }

  async #there(host: NodeName, ids: ActorId[], deadlineMs: number): Promise<Stopped[]> {
    try {
      const { outcomes } = await this.#coordinator.requests.ask(host, { type: "stop", ids, deadlineMs });
      return outcomes.map(({ id, error }) => ({ id, node: host, ...(error === undefined ? {} : { error }) }));
    } catch (error) {
      return ids.map((id) => ({ id, node: host, error: toWireError(error) }));
    }
  }

  async #here(ids: readonly ActorId[], deadlineMs: number, reason: string, hops: number): Promise<Stopped[]> {
    const { registry, group } = this.#coordinator;
    const byPlace = new Map<PlaceId, ActorId[]>();
    const outcomes: Stopped[] = [];
    for (const id of ids) {
      const record = registry.current(id);
      if (record === undefined) continue;
      if (group.has(record.place)) gather(byPlace, record.place, id);
      else outcomes.push(this.#forget(id, record.epoch));
    }
    const batches = [...byPlace].flatMap(([place, some]) => {
      const parts: { readonly place: PlaceId; readonly ids: ActorId[] }[] = [];
      for (let i = 0; i < some.length; i += batchSize) parts.push({ place, ids: some.slice(i, i + batchSize) });
      return parts;
    });
    const done = await Promise.all(batches.map((batch) => this.#stopAt(batch.place, batch.ids, deadlineMs, reason, hops)));
    return outcomes.concat(...done);
  }

  async #stopAt(place: PlaceId, ids: readonly ActorId[], deadlineMs: number, reason: string, hops: number): Promise<Stopped[]> {
    const { group, registry, node, hooks } = this.#coordinator;
    let failed: Map<ActorId, WireError>;
    try {
      failed = failuresById(ids, await group.control(place).stop(ids, deadlineMs));
    } catch (error) {
      failed = new Map(ids.map((id) => [id, toWireError(error)]));
    }
    const gone = ids.filter((id) => failed.get(id)?.code === "ActorNotFound" && registry.current(id)?.place !== place && hops < maxHops);
    const ended = ids.filter((id) => !gone.includes(id) && failed.get(id)?.code !== "ThreadExited");
    const records = ended.flatMap((id) => registry.own(id) ?? []);
    registry.publish(records.map(({ spec, epoch }) => ({ op: "drop", id: spec.id, epoch, ended: true })));
    for (const { spec } of records) hooks.emit("childStopped", { id: spec.id, reason });
    const here = ids.filter((id) => !gone.includes(id)).map((id): Stopped => {
      const error = failed.get(id);
      return error === undefined ? { id, node } : { id, node, error };
    });
    return gone.length === 0 ? here : here.concat(await this.stop(gone, deadlineMs, reason, hops + 1));
  }

  /** It is between two lives: it has none to end, and gets no other. */
  #forget(id: ActorId, epoch: number): Stopped {
    this.#coordinator.registry.publish([{ op: "drop", id, epoch, ended: true }]);
    return { id, node: this.#coordinator.node };
  }
}
