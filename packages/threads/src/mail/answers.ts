import type { Mail } from "@process-hub/actor";
import {
  type ActorId,
  decode,
  type Epoch,
  errorClasses,
  fromWireError,
  type Payload,
  type PlaceId,
  PlainValue,
  type WireError,
} from "@process-hub/protocol";
import type { Asks } from "./asks.js";
import type { Fates } from "./fates.js";
import type { ForwardingCleanup } from "./forwarding-cleanup.js";
import type { Forwardings } from "./forwardings.js";
import type { Leavers } from "./leavers.js";
import type { Routes } from "./routes.js";

/** The ports of the answers. */
export interface AnswersPorts {
  readonly place: PlaceId;
  readonly asks: Pick<Asks, "accepts" | "reply" | "fail" | "bounced" | "errorsOf">;
  readonly routes: Pick<Routes, "markerMet" | "bounced">;
  readonly forwardings: Pick<Forwardings, "owns" | "answered">;
  readonly cleanup: Pick<ForwardingCleanup, "answered">;
  readonly leavers: Pick<Leavers, "has">;
  readonly fates: Pick<Fates, "overtaken" | "deadLetter">;
  /** True for an actor that is here, whatever its phase. */
  readonly isHere: (id: ActorId) => boolean;
}

/**
 * Takes what comes back to this place for what it sent (replies, answers to markers, mail that bounced) to the part that waits for it.
 * Without it the late answer to one marker could end the hold of another.
 */
export class Answers {
  readonly #ports: AnswersPorts;

  constructor(ports: AnswersPorts) {
    this.#ports = ports;
  }

  /** An ask of this place is answered. An answer of another life of the actor than the one asked does not count. */
  reply(ask: number, epoch: Epoch, answer: Payload | WireError): void {
    const { asks } = this.#ports;
    if (!asks.accepts(ask, epoch)) return;
    if (answer instanceof PlainValue) {
      asks.reply(ask, answer.value);
      return;
    }
    if (!(answer instanceof Uint8Array)) {
      asks.fail(ask, fromWireError(answer, "HandlerFailed", asks.errorsOf(ask)));
      return;
    }
    try {
      asks.reply(ask, decode(answer));
    } catch (error) {
      asks.fail(ask, new errorClasses.InvalidReply("the reply cannot be read", {}, error));
    }
  }

  /** A marker of this place is answered. */
  markerMet(id: ActorId, markerId: number): void {
    const { forwardings, routes, cleanup } = this.#ports;
    if (forwardings.owns(markerId)) cleanup.answered(markerId);
    else routes.markerMet(id, markerId);
  }

  /**
   * Mail of this place came back; `place` and `epoch`: where its actor is now, as far as is known. What had arrived at a duplicate that was
   * given up is sent again, to the other one, only if its sender is still here: a sender that left may have written from elsewhere since.
   */
  bounced(mail: Mail, place: PlaceId | undefined, epoch: Epoch, givenUp: boolean): void {
    const { forwardings, routes, asks, cleanup, fates } = this.#ports;
    if (mail.kind === "marker" && forwardings.owns(mail.markerId)) {
      cleanup.answered(mail.markerId);
      return;
    }
    if (mail.kind === "envelope" && mail.ask !== 0) asks.bounced(mail);
    if (mail.kind === "envelope" && givenUp && this.#hasLeft(mail.sender)) fates.overtaken(mail);
    else if (mail.origin === this.#ports.place) routes.bounced(mail, place, epoch);
    else if (mail.kind === "envelope")
      fates.deadLetter(mail, "ActorNotFound", `actor ${mail.to} bounced a message that was not sent from here`);
  }

  #hasLeft(sender: ActorId | null): boolean {
    return sender !== null && (!this.#ports.isHere(sender) || this.#ports.leavers.has(sender));
  }
}
