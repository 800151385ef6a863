/*
 * Greets the nodes that members know and this node has never met, until they answer or would be down.
 * Without it ids of a node whose one answer was lost would look free to a newcomer.
 */
import { BoundedMap, type Checks, type Clock, type NodeName } from "@process-hub/protocol";
import type { Greeter } from "./greeter.js";

/** How unmet nodes are greeted, and who hears what becomes of them. */
export interface UnmetNodesPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly greeter: Pick<Greeter, "greet">;
  /** How long one is greeted: members that lose it meanwhile may notice a heartbeat later than it would be down. */
  readonly patienceMs: number;
  /** A member knows it, and this node greets it from now on. */
  readonly heardOf: (node: NodeName) => void;
  /** It did not answer for as long as a member may be silent before it is down. */
  readonly notMet: (node: NodeName, incarnation: string) => void;
}

/** How many are remembered. */
const size = 1_000;

/** The nodes that were heard of and not met: their life, and until when they are greeted. */
export class UnmetNodes {
  readonly #ports: UnmetNodesPorts;
  readonly #nodes: BoundedMap<NodeName, { readonly incarnation: string; untilMs: number | undefined }>;

  constructor(ports: UnmetNodesPorts) {
    this.#ports = ports;
    this.#nodes = new BoundedMap(size, (node, { incarnation }) => ports.notMet(node, incarnation));
  }

  /** A member knows this life of a node, which is none of those met. */
  heard(node: NodeName, incarnation: string): void {
    const { clock, patienceMs, greeter, heardOf } = this.#ports;
    if (this.#nodes.get(node)?.incarnation === incarnation) return;
    this.#nodes.set(node, { incarnation, untilMs: clock.now() + patienceMs });
    heardOf(node);
    greeter.greet(node, { asks: true });
  }

  /** It is a member now. */
  met(node: NodeName): void {
    this.#nodes.delete(node);
  }

  /** Greets them again, or gives them up. */
  greetAgain(nowMs: number): void {
    const { greeter, checks, notMet } = this.#ports;
    for (const [node, unmet] of this.#nodes) {
      if (unmet.untilMs === undefined) continue;
      if (nowMs <= unmet.untilMs) greeter.greet(node, { asks: true });
      else {
        unmet.untilMs = undefined;
        checks.mark("memberNeverMet");
        notMet(node, unmet.incarnation);
      }
    }
  }
}
