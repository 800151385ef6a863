/*
 * Whether the hub has begun: as many members have been there at once as `minMembers` asks for.
 * Without it the first node of a hub would start all its actors, and move most of them as soon as the second one comes.
 */
import { type Clock, Waiters } from "@process-hub/protocol";
import type { LocalNode } from "./local-node.js";

/** How many members there are, how many there must be, and who is told that there are. */
export interface OpeningPorts {
  readonly clock: Clock;
  /** `minMembers`. */
  readonly required: number;
  readonly local: Pick<LocalNode, "begun">;
  /** The other members. */
  readonly others: () => readonly { readonly begun?: boolean | undefined }[];
  /** The hub has begun just now: tells the others. */
  readonly opened: () => void;
}

/** Whether a hub has begun. Once it has, it has for good: for each node that ever meets one that knows it. */
export class Opening {
  readonly #ports: OpeningPorts;
  readonly #waiting = new Waiters();

  constructor(ports: OpeningPorts) {
    this.#ports = ports;
    ports.local.begun = ports.required <= 1;
  }

  /** True when actors may start. */
  get isOpen(): boolean {
    return this.#ports.local.begun;
  }

  /** How many members there are, this node included, and how many there must be. */
  get members(): { readonly present: number; readonly required: number } {
    return { present: this.#ports.others().length + 1, required: this.#ports.required };
  }

  /** What is missing, in words; undefined once the hub has begun. */
  get missing(): string | undefined {
    if (this.isOpen) return undefined;
    const { present, required } = this.members;
    return `the hub has ${present} of the ${required} members that it begins with (minMembers)`;
  }

  /** Calls `then` when the hub has begun; not at all when this node closes before. */
  whenOpen(then: () => void): void {
    if (this.isOpen) then();
    else this.#waiting.add(() => this.isOpen && then());
  }

  /** Resolves when the hub has begun, this node closes, or so much time has passed. */
  async waitWithin(deadlineMs: number): Promise<void> {
    if (!this.isOpen) await this.#waiting.waitWithin(this.#ports.clock, deadlineMs);
  }

  /** Members may have come. */
  look(): void {
    const { local, others, required, opened } = this.#ports;
    if (local.begun) return;
    const peers = others();
    if (peers.length + 1 < required && !peers.some(({ begun }) => begun === true)) return;
    local.begun = true;
    opened();
    this.close();
  }

  /** Those that wait go on, and see for themselves. */
  close(): void {
    this.#waiting.release();
  }
}
