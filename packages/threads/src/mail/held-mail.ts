/*
 * Counts what a place holds for actors that have no place just now, against its limits.
 * Without it many actors that wait, each within its own limit, could fill the memory together.
 */
import type { Envelope, Mail } from "@process-hub/actor";
import { payloadBytes } from "@process-hub/protocol";

/** The limits of what is held. */
export interface HeldLimits {
  /** The most messages that are held for one actor, and the most messages, and bytes of them, for all together. */
  readonly heldForOne: number;
  readonly heldLimit: number;
  readonly heldBytes: number;
}

/** How much is held for all actors together. */
export class HeldMail {
  readonly #limits: HeldLimits;
  #count = 0;
  #bytes = 0;

  constructor(limits: HeldLimits) {
    this.#limits = limits;
  }

  /** How many messages and markers. */
  get count(): number {
    return this.#count;
  }

  /** The bytes of their payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One more is held. */
  keep(mail: Mail): void {
    this.#count++;
    this.#bytes += bytesOf(mail);
  }

  /** These are held no more. */
  let(mails: readonly Mail[]): void {
    this.#count -= mails.length;
    for (const mail of mails) this.#bytes -= bytesOf(mail);
  }

  /** Why a message cannot be held; undefined when it can. `heldForIt`: how many are held for its actor; absent for one that had its place before. */
  full(envelope: Envelope, heldForIt: number | undefined): string | undefined {
    const { heldForOne, heldLimit, heldBytes } = this.#limits;
    const { to } = envelope;
    if (heldForIt !== undefined && heldForIt >= heldForOne)
      return `${heldForOne} messages wait for actor ${to}, which has no place just now: the limit (limits.mailbox)`;
    if (this.#count >= heldLimit)
      return `${heldLimit} messages of this thread wait for actors that have no place just now, as ${to}: the limit (limits.linkLetters)`;
    if (this.#count > 0 && this.#bytes + bytesOf(envelope) > heldBytes)
      return `messages of ${this.#bytes} bytes wait on this thread for actors that have no place just now, as ${to}: the limit is ${heldBytes} (limits.heldBytes)`;
    return undefined;
  }
}

function bytesOf(mail: Mail): number {
  return mail.kind === "envelope" ? payloadBytes(mail.payload).byteLength : 0;
}
