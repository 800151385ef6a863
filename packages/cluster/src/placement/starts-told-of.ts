/*
 * Tells a newcomer which actors this node was starting when it met it, and hears the same of the others.
 * Without it a newcomer that owns such an id would find it free, and a start that takes a second would be made a second time.
 */
import { type ActorId, gather, type Head, type NodeMessage, type NodeName, nodeOf, TurnBatch } from "@process-hub/protocol";
import type { Messenger } from "../membership/messenger.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { Claims } from "./claims.js";

/** What is under way here, and who hears of it. */
export interface StartsToldOfPorts {
  readonly node: NodeName;
  readonly claims: Pick<Claims, "startsUnderWay" | "whenStarted" | "startsEnded" | "startedBy">;
  readonly registry: Pick<Registry, "current">;
  readonly sync: Pick<RegistrySync, "heads">;
  readonly messenger: Pick<Messenger, "send">;
  /** Other nodes have started these actors, or could not. */
  readonly released: (ids: readonly ActorId[]) => void;
}

/** A start that has ended, and the members that knew of it. */
interface Over {
  readonly id: ActorId;
  readonly nodes: ReadonlySet<NodeName>;
}

/** The starts that other nodes were told of, until they have ended. */
export class StartsToldOf {
  readonly #ports: StartsToldOfPorts;
  /** The members that know of each start. */
  readonly #told = new Map<ActorId, Set<NodeName>>();
  readonly #over = new TurnBatch<Over>((starts) => this.#tellEnds(starts));

  constructor(ports: StartsToldOfPorts) {
    this.#ports = ports;
  }

  /** A member is new to this node: it hears what is under way here, before it hears what runs here. */
  tell(node: NodeName): void {
    const { claims, messenger } = this.#ports;
    const ids = claims.startsUnderWay();
    if (ids.length === 0) return;
    messenger.send(node, { type: "startsUnderWay", ids });
    for (const id of ids) {
      const nodes = this.#told.get(id) ?? new Set();
      nodes.add(node);
      if (this.#told.has(id)) continue;
      this.#told.set(id, nodes);
      // Who is told of a later start of this id hears of the end of that one.
      claims.whenStarted(id, () => this.#told.delete(id) && this.#over.add({ id, nodes }));
    }
  }

  /** Starts of another node have ended. */
  ended(node: NodeName, ids: readonly ActorId[]): void {
    const { claims, released } = this.#ports;
    const free = claims.startsEnded(node, ids);
    if (free.length > 0) released(free);
  }

  /** A member is gone, and with it what it was starting. */
  gone(node: NodeName): void {
    for (const nodes of this.#told.values()) nodes.delete(node);
    this.ended(node, this.#ports.claims.startedBy(node));
  }

  #tellEnds(starts: readonly Over[]): void {
    const byNode = new Map<NodeName, ActorId[]>();
    for (const { id, nodes } of starts) for (const node of nodes) gather(byNode, node, id);
    for (const [node, some] of byNode)
      this.#ports.messenger.send(node, { type: "startsEnded", ids: some, heads: this.#heads(some) } satisfies NodeMessage);
  }

  /** What came of the starts is among the changes up to these. */
  #heads(ids: readonly ActorId[]): Head[] {
    const { node, registry, sync } = this.#ports;
    const hosts = ids.flatMap((id) => registry.current(id)?.place ?? []).map((place) => nodeOf(place));
    return sync.heads([node, ...hosts]);
  }
}
