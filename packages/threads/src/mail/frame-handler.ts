import type { Envelope, Mail } from "@process-hub/actor";
import {
  type ActorId,
  decode,
  type Epoch,
  errorClasses,
  type Frame,
  FrameKind,
  fromWireError,
  type HandoffFrame,
  type PlaceId,
  type ReplicaFrame,
  type ReplyFrame,
  type ServiceFrame,
} from "@process-hub/protocol";
import { envelopeFrom, mailFrom } from "./envelope-frames.js";
import type { Mailer } from "./mailer.js";
import type { MailerPorts } from "./mailer-ports.js";

/** What each frame that comes to a place does there: mail is delivered, answers settle what waits for them, the rest goes to its port. */
export class FrameHandler {
  readonly #mailer: Mailer;
  readonly #ports: MailerPorts;
  readonly #own: string;

  constructor(mailer: Mailer, ports: MailerPorts, own: string) {
    this.#mailer = mailer;
    this.#ports = ports;
    this.#own = own;
  }

  /** Acts on one frame. */
  take(frame: Frame, from: PlaceId): void {
    if (!Array.isArray(frame)) {
      this.#object(frame, from);
      return;
    }
    switch (frame[0]) {
      case FrameKind.envelope:
        this.#envelope(envelopeFrom(frame, from, frame[8] === 0 ? 0 : this.#ports.clock.now()));
        break;
      case FrameKind.reply:
        this.reply(frame);
        break;
      case FrameKind.marker:
        this.#mailer.delivery.deliver(mailFrom(frame, from, 0));
        break;
      case FrameKind.flushed:
        this.flushed(frame[1], frame[2]);
        break;
      case FrameKind.moved:
        this.#mailer.routes.moved(frame[1], frame[2], frame[3]);
        break;
      case FrameKind.bounced: {
        const mail = mailFrom(frame[1], this.#ports.place, this.#ports.clock.now());
        if (mail.kind === "envelope") mail.via = null;
        this.bounced(mail, frame[2] ?? undefined, frame[3], frame[4]);
        break;
      }
      case FrameKind.credit:
        this.#mailer.outboxes.credited(from, frame[1]);
        break;
      case FrameKind.overtake:
        this.#mailer.stalePaths.note(frame[1], frame[2], from);
        break;
      default:
        frame satisfies never;
    }
  }

  /** An ask of this place is answered. An answer of another life of the actor than the one asked does not count. */
  reply([, ask, epoch, answer]: ReplyFrame): void {
    const { asks } = this.#mailer;
    if (!asks.accepts(ask, epoch)) return;
    if (!(answer instanceof Uint8Array)) {
      asks.fail(ask, fromWireError(answer, "ActorCrashed"));
      return;
    }
    try {
      asks.reply(ask, decode(answer));
    } catch (error) {
      asks.fail(ask, new errorClasses.InvalidReply("the reply cannot be read", {}, error));
    }
  }

  /** A marker of this place is answered. */
  flushed(id: ActorId, markerId: number): void {
    const { forwardings, routes, ends } = this.#mailer;
    if (forwardings.owns(markerId)) ends.answered(markerId);
    else routes.flushed(id, markerId);
  }

  /**
   * Mail of this place came back; `place` and `epoch`: where its actor is now, as far as is known. What had arrived at a copy that was
   * given up is sent again, to the other one, only if its sender has stayed here: one that left has written from elsewhere since.
   */
  bounced(mail: Mail, place: PlaceId | undefined, epoch: Epoch, givenUp: boolean): void {
    const { forwardings, routes, asks, ends } = this.#mailer;
    if (mail.kind === "marker" && forwardings.owns(mail.markerId)) {
      ends.answered(mail.markerId);
      return;
    }
    if (mail.kind === "envelope" && mail.ask !== 0) asks.bounced(mail.ask);
    if (mail.kind === "envelope" && givenUp && this.#hasLeft(mail.sender)) this.#mailer.overtaken(mail);
    else if (mail.origin === this.#ports.place) routes.bounced(mail, place, epoch);
    else if (mail.kind === "envelope")
      this.#mailer.deadLetter(mail, "ActorNotFound", `actor ${mail.to} bounced a message that was not sent from here`);
  }

  #hasLeft(sender: ActorId | null): boolean {
    return sender !== null && (this.#ports.find(sender) === undefined || this.#mailer.leavers.has(sender));
  }

  #envelope(envelope: Envelope): void {
    if (this.#mailer.stalePaths.isLate(envelope)) {
      this.#mailer.taken(envelope);
      this.#mailer.overtaken(envelope);
    } else this.#mailer.delivery.deliver(envelope);
  }

  #object(frame: HandoffFrame | ReplicaFrame | ServiceFrame, from: PlaceId): void {
    const { handoff, standby, service, count, badFrame } = this.#ports;
    switch (frame.type) {
      case "reserve":
      case "reserved":
      case "transfer":
      case "loaded":
      case "commit":
      case "running":
      case "abort":
        handoff(frame, from);
        break;
      case "follow":
      case "unfollow":
      case "states":
      case "statesTaken":
        standby?.(frame, from);
        break;
      default:
        if (from.startsWith(this.#own)) service(frame, from);
        else {
          count("badFrames", 1);
          badFrame(from, new Error(`a ${frame.type} frame from another node`));
        }
    }
  }
}
