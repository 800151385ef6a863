/*
 * Greets the nodes that members know and this node has never met, until they answer or would be down.
 * Without it ids of a node whose one answer was lost would look free to a newcomer.
 */
import { BoundedMap, type Checks, type Clock, type NodeName, nodeLife } from "@process-hub/protocol";
import type { Greeter } from "./greeter.js";

/** How unmet nodes are greeted, and who hears what becomes of them. */
export interface UnmetNodesPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly greeter: Pick<Greeter, "greet">;
  /** How long one is greeted: members that lose it meanwhile may notice a heartbeat later than it would be down. */
  readonly patienceMs: number;
  /** A member knows it, and this node greets it from now on. */
  readonly heardOf: (node: NodeName, incarnation: string) => void;
  /** It did not answer for as long as a member may be silent before it is down. */
  readonly notMet: (node: NodeName, incarnation: string) => void;
}

/** How many are remembered. */
const size = 1_000;

interface Unmet {
  readonly node: NodeName;
  readonly incarnation: string;
  /** Until when it is greeted; undefined once it was given up. */
  untilMs: number | undefined;
}

/** The lives of nodes that were heard of and not met. To meet another life of a name is not to know what this one ran. */
export class UnmetNodes {
  readonly #ports: UnmetNodesPorts;
  readonly #lives: BoundedMap<string, Unmet>;

  constructor(ports: UnmetNodesPorts) {
    this.#ports = ports;
    this.#lives = new BoundedMap(size, (_, { node, incarnation }) => ports.notMet(node, incarnation));
  }

  /** A member knows this life of a node, which is none of those met. */
  heard(node: NodeName, incarnation: string): void {
    const { clock, patienceMs, greeter, heardOf } = this.#ports;
    const life = nodeLife(node, incarnation);
    if (this.#lives.has(life)) return;
    this.#lives.set(life, { node, incarnation, untilMs: clock.now() + patienceMs });
    heardOf(node, incarnation);
    greeter.greet(node, { asks: true });
  }

  /** It is a member now. */
  met(node: NodeName, incarnation: string): void {
    this.#lives.delete(nodeLife(node, incarnation));
  }

  /** Greets them again, or gives them up. */
  greetAgain(nowMs: number): void {
    const { greeter, checks, notMet } = this.#ports;
    for (const [, unmet] of this.#lives) {
      const { node } = unmet;
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
