/*
 * A newcomer's probation: for how long it takes no actors, which is longer after each death of its name.
 * Without it a node that crashes whenever it has work would pull healthy actors to itself, and down, again and again.
 */
import { BoundedMap, type Clock, type NodeName, type Timer } from "@process-hub/protocol";
import type { LocalNode } from "./local-node.js";

/** So many names are remembered for their deaths. */
const rememberedNames = 1_000;
/** The probation is doubled so often at most. */
const mostDoublings = 6;
/** The deaths of a name that has lived for so long since the last one count no more. */
const forgivenAfterMs = 3_600_000;

/** How long a newcomer is on probation, and whom it is told. */
export interface ProbationPorts {
  /** `probationMs`; 0: there is none. */
  readonly probationMs: number;
  readonly clock: Clock;
  readonly local: Pick<LocalNode, "probation">;
  /** The other members that may take actors. */
  readonly others: () => readonly { readonly probation?: boolean | undefined }[];
  /** This node takes actors from now on. */
  readonly ended: () => void;
}

interface Name {
  readonly deaths: number;
  readonly sinceMs: number;
}

/** The probation of this node, and what it knows of the deaths of others, which these have forgotten. */
export class Probation {
  readonly #ports: ProbationPorts;
  readonly #names = new BoundedMap<NodeName, Name>(rememberedNames);
  #sinceMs = 0;
  /** How often this node's name has died, by what the others say. */
  #deaths = 0;
  #timer: Timer | undefined;

  constructor(ports: ProbationPorts) {
    this.#ports = ports;
    ports.local.probation = ports.probationMs > 0;
    this.#sinceMs = ports.clock.now();
  }

  /** How long this node still takes no actors; 0: it takes some. */
  get leftMs(): number {
    return this.#ports.local.probation ? Math.max(0, this.#endsAtMs - this.#ports.clock.now()) : 0;
  }

  /** How often the name of this node has died before, as far as the others remember. */
  get deaths(): number {
    return this.#deaths;
  }

  /** This node has joined. Where no other takes actors it is no newcomer. */
  joined(): void {
    const { local, clock, others } = this.#ports;
    if (!local.probation) return;
    this.#sinceMs = clock.now();
    if (others().some(({ probation }) => probation !== true)) this.#arm();
    else local.probation = false;
  }

  /** A member came: how often its name has died before, if it is to be told. */
  met(node: NodeName): number | undefined {
    const { clock } = this.#ports;
    const known = this.#names.get(node);
    if (known !== undefined) this.#names.set(node, { ...known, sinceMs: clock.now() });
    return known?.deaths;
  }

  /** A member is gone: it died, or it left in good order, and then its deaths are forgotten. */
  left(node: NodeName, reason: "left" | "down"): void {
    const { clock } = this.#ports;
    if (reason === "left") this.#names.delete(node);
    else {
      const known = this.#names.get(node);
      const counts = known !== undefined && clock.now() - known.sinceMs < forgivenAfterMs;
      this.#names.set(node, { deaths: counts ? known.deaths + 1 : 1, sinceMs: clock.now() });
    }
  }

  /** Another member remembers so many deaths of this node's name. */
  told(deaths: number): void {
    this.#deaths = Math.max(this.#deaths, deaths);
    if (this.#timer !== undefined && this.#ports.local.probation) this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
  }

  get #endsAtMs(): number {
    return this.#sinceMs + this.#ports.probationMs * 2 ** Math.min(this.#deaths, mostDoublings);
  }

  #arm(): void {
    const { clock, local, ended } = this.#ports;
    this.#timer?.cancel();
    this.#timer = clock.setTimeout(
      () => {
        local.probation = false;
        ended();
      },
      Math.max(0, this.#endsAtMs - clock.now()),
    );
  }
}
