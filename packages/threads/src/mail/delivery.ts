import type { Mail } from "@process-hub/actor";
import { FrameKind, type PlaceId } from "@process-hub/protocol";
import type { Forwarding } from "./forwardings.js";
import { mailFrame } from "./letter-frames.js";
import type { Post } from "./post.js";
import type { PostPorts } from "./post-ports.js";

/** Brings mail to its actor: to the one that is here, after one that went on, or back to the sender when nobody here knows of it. */
export class Delivery {
  readonly #post: Post;
  readonly #ports: PostPorts;
  /** News of moves that waits until all that was kept with it is on its way. */
  #untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] | undefined;

  constructor(post: Post, ports: PostPorts) {
    this.#post = post;
    this.#ports = ports;
  }

  /** Takes mail that arrived here; `givenUp`: long ago, for a copy that gave way to another since. */
  deliver(mail: Mail, givenUp = false): void {
    const addressee = this.#ports.find(mail.to);
    if (addressee !== undefined && addressee.epoch === mail.epoch) addressee.take(mail);
    else this.#passOn(mail, givenUp);
  }

  /** Delivers mail that was kept together, in order: the marker that the news of one sets off must not overtake the rest. */
  deliverAll(mails: Iterable<Mail>, givenUp = false): void {
    const untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] = [];
    this.#untold = untold;
    for (const mail of mails) this.deliver(mail, givenUp);
    this.#untold = undefined;
    for (const { origin, entry } of untold) this.#tellMoved(origin, entry);
  }

  /** Sends mail on to a place, which may be this one. False when it is time to slow down. */
  dispatch(mail: Mail, to: PlaceId): boolean {
    const { place, settings } = this.#ports;
    if (mail.kind === "marker") {
      if (to === place) this.deliver(mail);
      else this.#post.outlets.push(to, mailFrame(mail, place, 0));
      return true;
    }
    if (mail.origin === place) {
      if (this.#post.outlets.outstanding(to) >= settings.linkLetters) {
        this.#post.overflow(mail);
        return false;
      }
      if (mail.ask !== 0) this.#post.asks.sent(mail.ask, to, mail.epoch);
    }
    const room = this.#post.outlets.spend(to);
    if (to === place) {
      mail.via = place;
      this.deliver(mail);
    } else {
      const nowMs = mail.expiresAtMs === 0 ? 0 : this.#ports.clock.now();
      this.#post.outlets.push(to, mailFrame(mail, place, nowMs), 1, mail.payload.byteLength + 64);
    }
    return room;
  }

  #passOn(mail: Mail, givenUp: boolean): void {
    const { clock, count } = this.#ports;
    const entry = givenUp ? undefined : this.#post.forwardings.use(mail.to, mail.epoch, clock.now());
    if (entry === undefined || this.#post.absences.isDown(entry.to)) {
      this.#bounce(mail, entry, givenUp);
      return;
    }
    mail.epoch = entry.nextEpoch;
    if (mail.kind === "letter") {
      this.#post.taken(mail);
      count("forwarded", 1);
      count("moveInFlight", 1);
    }
    this.dispatch(mail, entry.to);
    // After the letter: the marker that the news sets off must not overtake it.
    if (mail.kind !== "letter") return;
    if (this.#untold === undefined) this.#tellMoved(mail.origin, entry);
    else this.#untold.push({ origin: mail.origin, entry });
  }

  #tellMoved(origin: PlaceId, { id, nextEpoch, to }: Forwarding): void {
    if (origin === this.#ports.place) this.#post.routes.moved(id, nextEpoch, to);
    else if (!this.#post.absences.isDown(origin)) this.#post.outlets.push(origin, [FrameKind.moved, id, nextEpoch, to]);
  }

  #bounce(mail: Mail, dead: Forwarding | undefined, givenUp: boolean): void {
    const { place, clock, count } = this.#ports;
    if (mail.kind === "letter") {
      this.#post.taken(mail);
      if (this.#post.isFenced) {
        // It waited here while others may have gone on without this node, and its sender with them.
        this.#post.overtaken(mail);
        return;
      }
      count("bounced", 1);
      if (givenUp) mail.epoch = mail.sentEpoch;
    }
    const here = this.#ports.find(mail.to);
    const newest = dead === undefined ? this.#post.forwardings.newest(mail.to, mail.epoch) : undefined;
    const hint = here !== undefined ? { place, epoch: here.epoch } : newest && { place: newest.to, epoch: newest.nextEpoch };
    if (mail.origin === place) this.#post.incoming.bounced(mail, hint?.place, hint?.epoch ?? 0, givenUp);
    else if (this.#post.absences.isDown(mail.origin)) {
      if (mail.kind === "letter")
        this.#post.deadLetter(mail, "ActorNotFound", `actor ${mail.to} is not here, and its sender's thread is gone`);
    } else {
      const frame = mailFrame(mail, place, clock.now());
      this.#post.outlets.push(
        mail.origin,
        [FrameKind.bounced, frame, hint?.place ?? null, hint?.epoch ?? 0, givenUp],
        mail.kind === "letter" ? 1 : 0,
        64,
      );
    }
  }
}
