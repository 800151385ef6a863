/*
 * Whether a hub has come to rest: registries equal, nothing moving, every node serving.
 * Without it a rolling restart would go on to the next node by a guess, while the actors of the last one are still on their way.
 */
import { AskTimeout, after, type Clock, type Head, HubClosed, type NodeName } from "@process-hub/protocol";
import type { Inbox } from "../events/inbox.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Membership } from "../membership/membership.js";
import type { Opening } from "../membership/opening.js";
import type { Probation } from "../membership/probation.js";
import type { Requests } from "../membership/requests.js";
import type { Ownership } from "../placement/ownership.js";
import type { Registry } from "../registry/registry.js";
import type { RegistrySync } from "../registry/registry-sync.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { Mover } from "./mover.js";
import type { Redistribution } from "./redistribution.js";

/** What may be under way on a node, and whom it asks. */
export interface SettlednessPorts {
  readonly local: Pick<LocalNode, "name" | "state">;
  readonly clock: Clock;
  /** How often the others are asked. */
  readonly everyMs: number;
  readonly gate: Pick<ServingGate, "serves" | "knowsOthers">;
  readonly sync: Pick<RegistrySync, "isCertain" | "heads">;
  readonly opening: Pick<Opening, "missing">;
  readonly probation: Pick<Probation, "leftMs">;
  readonly inbox: Pick<Inbox, "locked">;
  readonly redistribution: Pick<Redistribution, "isRunning" | "isPlanned">;
  readonly mover: Pick<Mover, "isMoving">;
  readonly ownership: Pick<Ownership, "view">;
  readonly registry: Pick<Registry, "authors" | "hasMoved" | "isForgetting"> & {
    readonly orphans: Pick<Registry["orphans"], "takenOutSoFar">;
  };
  readonly membership: Pick<Membership, "peers">;
  readonly requests: Pick<Requests, "ask">;
}

/** What one node says of itself. */
interface Said {
  /** What is under way, in words. */
  readonly busy?: string | undefined;
  readonly heads: readonly Head[];
  readonly nodes: readonly NodeName[];
}

/** Says whether this node has come to rest, and waits for the whole hub to. */
export class Settledness {
  readonly #ports: SettlednessPorts;

  constructor(ports: SettlednessPorts) {
    this.#ports = ports;
  }

  /** What is under way here, and how far this node knows all authors. */
  here(): { readonly busy?: string; readonly heads: Head[]; readonly nodes: NodeName[] } {
    const { local, membership, sync, registry } = this.#ports;
    const busy = this.#busy();
    const nodes = [local.name, ...membership.peers.map(({ node }) => node)].sort();
    const heads = sync.heads([...nodes, ...registry.authors()]);
    return { ...(busy === undefined ? {} : { busy }), heads, nodes };
  }

  /**
   * Resolves when all members agree on who is there, hold the same registry, serve, and nothing moves. Rejects with `AskTimeout`, which says what
   * is not so, with the signal's reason, or with `HubClosed`.
   */
  async whole({
    timeoutMs,
    signal,
  }: {
    readonly timeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void> {
    const { clock, everyMs, local } = this.#ports;
    const endAtMs = clock.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      signal?.throwIfAborted();
      if (local.state === "closing" || local.state === "closed")
        throw new HubClosed(`hub.settled: the hub was closed on node ${local.name} before it came to rest`);
      const busy = await this.#look(Math.max(1, Math.min(endAtMs - clock.now(), everyMs * 10)));
      if (busy === undefined) return;
      if (clock.now() >= endAtMs)
        throw new AskTimeout(`hub.settled: the hub did not come to rest within ${timeoutMs} ms: ${busy}`, { timeoutMs });
      await pause(clock, Math.min(everyMs, Math.max(1, endAtMs - clock.now())), signal);
    }
  }

  /** What is not at rest yet, in words; undefined when all is. */
  async #look(withinMs: number): Promise<string | undefined> {
    const { local, membership, requests } = this.#ports;
    const own = this.here();
    if (own.busy !== undefined) return `node ${local.name}: ${own.busy}`;
    const asks = membership.peers.map(async ({ node }): Promise<string | undefined> => {
      try {
        return differs(node, own, await requests.ask(node, { type: "settled" }, withinMs));
      } catch (error) {
        return `node ${node} does not answer: ${String(error)}`;
      }
    });
    const first = (await Promise.all(asks)).find((one) => one !== undefined);
    // What began here meanwhile counts as well.
    return first ?? differs(local.name, own, this.here());
  }

  #busy(): string | undefined {
    const { local, gate, sync, inbox, redistribution, mover, registry, ownership, opening, probation } = this.#ports;
    if (local.state !== "up") return "it is not up";
    if (opening.missing !== undefined) return opening.missing;
    if (probation.leftMs > 0) return `it is on probation for another ${Math.ceil(probation.leftMs)} ms`;
    if (!gate.serves || gate.knowsOthers() !== undefined) return "it does not serve, or does not know yet who else does";
    if (!sync.isCertain || registry.isForgetting) return "it has not heard yet what all others run";
    if (inbox.locked || redistribution.isRunning || redistribution.isPlanned)
      return "it moves actors to where they belong, or is about to";
    if (mover.isMoving || registry.hasMoved) return "actors are on their way";
    const present = new Set(ownership.view.nodes.map(({ node }) => node));
    for (const { spec } of registry.orphans.takenOutSoFar())
      if (present.size > 0 && (spec.nodes?.some((node) => present.has(node)) ?? true))
        return "actors of a node that is gone do not run yet";
    return undefined;
  }
}

/** What a node says that does not fit what this one has; undefined: nothing. */
function differs(node: NodeName, own: Said, { busy, heads, nodes }: Said): string | undefined {
  if (busy !== undefined) return `node ${node}: ${busy}`;
  if (nodes.toSorted().join() !== own.nodes.join())
    return `node ${node} sees the members ${nodes.join(", ")}, and not ${own.nodes.join(", ")}`;
  const known = new Map(heads.map((head) => [head.author, head]));
  const other = own.heads.find(({ author, incarnation, number }) => {
    const theirs = known.get(author);
    return theirs?.incarnation !== incarnation || theirs.number !== number;
  });
  return other && `node ${node} does not know what node ${other.author} said last`;
}

/** Resolves after a time, or when the signal aborts. */
async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return after(clock, ms);
  let aborted = (): void => {};
  await Promise.race([
    after(clock, ms),
    new Promise<void>((resolve) => {
      aborted = resolve;
      signal.addEventListener("abort", aborted, { once: true });
    }),
  ]).finally(() => signal.removeEventListener("abort", aborted));
}
