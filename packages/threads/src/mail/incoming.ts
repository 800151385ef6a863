import type { Letter, Mail } from "@process-hub/actor";
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
  type ReplyFrame,
  type ServiceFrame,
  type StandbyFrame,
} from "@process-hub/protocol";
import { letterFrom, mailFrom } from "./letter-frames.js";
import type { Post } from "./post.js";
import type { PostPorts } from "./post-ports.js";

/** What each frame that comes to a place does there: mail is delivered, answers settle what waits for them, the rest goes to its port. */
export class Incoming {
  readonly #post: Post;
  readonly #ports: PostPorts;
  readonly #own: string;

  constructor(post: Post, ports: PostPorts, own: string) {
    this.#post = post;
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
      case FrameKind.letter:
        this.#letter(letterFrom(frame, from, frame[8] === 0 ? 0 : this.#ports.clock.now()));
        break;
      case FrameKind.reply:
        this.reply(frame);
        break;
      case FrameKind.marker:
        this.#post.delivery.deliver(mailFrom(frame, from, 0));
        break;
      case FrameKind.flushed:
        this.flushed(frame[1], frame[2]);
        break;
      case FrameKind.moved:
        this.#post.routes.moved(frame[1], frame[2], frame[3]);
        break;
      case FrameKind.bounced: {
        const mail = mailFrom(frame[1], this.#ports.place, this.#ports.clock.now());
        if (mail.kind === "letter") mail.via = null;
        this.bounced(mail, frame[2] ?? undefined, frame[3], frame[4]);
        break;
      }
      case FrameKind.credit:
        this.#post.outlets.credited(from, frame[1]);
        break;
      case FrameKind.overtake:
        this.#post.overtakings.note(frame[1], frame[2], from);
        break;
      default:
        frame satisfies never;
    }
  }

  /** An ask of this place is answered. An answer of another life of the actor than the one asked does not count. */
  reply([, ask, epoch, answer]: ReplyFrame): void {
    const { asks } = this.#post;
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
  flushed(id: ActorId, flush: number): void {
    const { forwardings, routes, ends } = this.#post;
    if (forwardings.owns(flush)) ends.answered(flush);
    else routes.flushed(id, flush);
  }

  /**
   * Mail of this place came back; `place` and `epoch`: where its actor is now, as far as is known. What had arrived at a copy that was
   * given up is sent again, to the other one, only if its sender has stayed here: one that left has written from elsewhere since.
   */
  bounced(mail: Mail, place: PlaceId | undefined, epoch: Epoch, givenUp: boolean): void {
    const { forwardings, routes, asks, ends } = this.#post;
    if (mail.kind === "marker" && forwardings.owns(mail.flush)) {
      ends.answered(mail.flush);
      return;
    }
    if (mail.kind === "letter" && mail.ask !== 0) asks.bounced(mail.ask);
    if (mail.kind === "letter" && givenUp && this.#hasLeft(mail.sender)) this.#post.overtaken(mail);
    else if (mail.origin === this.#ports.place) routes.bounced(mail, place, epoch);
    else if (mail.kind === "letter")
      this.#post.deadLetter(mail, "ActorNotFound", `actor ${mail.to} bounced a message that was not sent from here`);
  }

  #hasLeft(sender: ActorId | null): boolean {
    return sender !== null && (this.#ports.find(sender) === undefined || this.#post.leavers.has(sender));
  }

  #letter(letter: Letter): void {
    if (this.#post.overtakings.isLate(letter)) {
      this.#post.taken(letter);
      this.#post.overtaken(letter);
    } else this.#post.delivery.deliver(letter);
  }

  #object(frame: HandoffFrame | StandbyFrame | ServiceFrame, from: PlaceId): void {
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
