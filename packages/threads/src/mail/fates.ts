import type { Envelope } from "@process-hub/actor";
import {
  type CounterName,
  type DeadLetter,
  type Epoch,
  type ErrorCode,
  type HubError,
  refusal,
  toWireError,
} from "@process-hub/protocol";
import type { Origins } from "./origins.js";
import type { Outboxes } from "./outboxes.js";

/** The ports of the fates. */
export interface FatesPorts {
  /** How many messages may be on the way to one place. */
  readonly linkLetters: number;
  readonly outboxes: Pick<Outboxes, "owe">;
  readonly origins: Pick<Origins, "reply">;
  readonly count: (name: CounterName, by: number) => void;
  readonly deadLetter: (letter: DeadLetter) => void;
}

/**
 * How a message ends at this place: in hand, or refused with the reason. Without it a message could end twice, or with no word to its
 * sender, and credit for it would never go back.
 */
export class Fates {
  readonly #ports: FatesPorts;

  constructor(ports: FatesPorts) {
    this.#ports = ports;
  }

  /** The message is in hand, or gone: credit for it may go back. */
  taken(envelope: Envelope): void {
    if (envelope.via === null) return;
    this.#ports.outboxes.owe(envelope.via);
    envelope.via = null;
  }

  /** Ends a message here: an ask is refused with the error, a tell becomes a dead letter. */
  deadLetter(envelope: Envelope, reason: ErrorCode, detail: string, epoch: Epoch = envelope.epoch): void {
    const { origins, count, deadLetter } = this.#ports;
    if (envelope.ask !== 0) {
      count("refused", 1);
      const error = refusal(reason, detail, { id: envelope.to, message: envelope.name });
      origins.reply(envelope, Math.max(epoch, envelope.epoch), error);
      return;
    }
    count("deadLettered", 1);
    deadLetter({ to: envelope.to, message: envelope.name, sender: envelope.sender, reason, detail, count: 1 });
  }

  /** Ends a message whose actor could not be started: with the error of the start, as it is. */
  refuse(envelope: Envelope, error: HubError): void {
    if (envelope.ask === 0) {
      this.deadLetter(envelope, error.code, error.message);
      return;
    }
    this.#ports.count("refused", 1);
    this.#ports.origins.reply(envelope, envelope.epoch, toWireError(error));
  }

  /** Ends a message for which there is no room on the way, or (`why`) no room to wait in. */
  overflow(envelope: Envelope, why = `${this.#ports.linkLetters} messages are on the way towards actor ${envelope.to}`): void {
    this.deadLetter(envelope, "MailboxFull", `${why}; wait for ready() when tell returns false`);
  }

  /** The time of an ask was over before it came into hand: its asker has heard so. */
  expired(envelope: Envelope): void {
    this.taken(envelope);
    this.#ports.count("expired", 1);
  }

  /** Ends a message that would be handled after later ones of its sender. */
  overtaken(envelope: Envelope): void {
    const why = "later messages of its sender have gone where it runs now, or may have";
    this.deadLetter(envelope, "Partitioned", `a message to actor ${envelope.to} was cut off, and ${why}: it was not handled`);
  }
}
