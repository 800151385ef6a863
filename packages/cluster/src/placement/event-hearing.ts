/*
 * The events that this node listens to: for its main thread, and for its threads. One relation with the place of each actor, found and kept by
 * what the registry says. Without it a subscription would end with the first move of its actor, or never.
 */
import { type ActorId, type EventFrame, HubClosed, type PlaceId } from "@process-hub/protocol";
import {
  EventChildren,
  type EventName,
  EventRelations,
  type EventRelationsPorts,
  type Listener,
} from "@process-hub/threads/mail";
import type { LastKnown, Presence } from "./presence.js";

/** The ports of a node's hearing. */
export interface EventHearingPorts extends Omit<EventRelationsPorts, "find"> {
  readonly look: (id: ActorId, last: LastKnown) => Promise<Presence>;
}

/** The hearing of one node. */
export class EventHearing {
  readonly relations: EventRelations;
  readonly #children: EventChildren;
  readonly #ports: EventHearingPorts;
  /** What is known of the actors that are listened to: the lineage of each, and where it was. */
  readonly #known = new Map<ActorId, LastKnown>();
  readonly #finding = new Set<ActorId>();
  #closed = false;

  constructor(ports: EventHearingPorts) {
    this.#ports = ports;
    this.relations = new EventRelations({
      ...ports,
      find: (id) => void this.#find(id),
      left: (id) => void this.#known.delete(id),
    });
    this.#children = new EventChildren({ relations: this.relations, send: ports.send });
  }

  /** The main thread listens: after a number, or from now on. Throws `HubClosed`. */
  add(name: EventName, listener: Listener, since: number | undefined): void {
    if (this.#closed) throw new HubClosed(`subscribe ${name.event} of actor ${name.id}: the hub is closed`);
    this.relations.add(name, listener, since ?? null, null);
  }

  /** Acts on a frame: of a thread of this node (`isOwn`), or of an actor's place. False: nobody may say this here. */
  receive(frame: EventFrame, from: PlaceId, isOwn: boolean): boolean {
    if (frame.type === "events" || frame.type === "unheard") this.relations.receive(frame, from);
    else if (isOwn) this.#children.receive(frame, from);
    else return false;
    return true;
  }

  /** Something about an actor has changed. */
  changed(id: ActorId): void {
    if (this.relations.has(id)) this.relations.look(id);
  }

  placeDown(): void {
    this.#children.placeDown(this.#ports.isDown);
    this.relations.placeDown();
  }

  /** Ends all of it. */
  close(): void {
    this.#closed = true;
    this.relations.close();
  }

  async #find(id: ActorId): Promise<void> {
    if (this.#finding.has(id)) return;
    this.#finding.add(id);
    const found = await this.#ports.look(id, this.#known.get(id) ?? {});
    this.#finding.delete(id);
    if (!this.relations.has(id) || found === "unknown") return;
    if ("gone" in found) {
      this.#known.delete(id);
      this.relations.gone(id, found.gone);
      return;
    }
    this.#known.set(id, { lineage: found.lineage, place: found.at?.place });
    if (found.at !== undefined) this.relations.found(id, found.at.place, found.at.epoch);
  }
}
