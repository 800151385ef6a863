import type { Mail } from "@process-hub/actor";
import { FrameKind, type PlaceId } from "@process-hub/protocol";
import { mailFrame } from "./envelope-frames.js";
import type { Forwarding } from "./forwardings.js";
import type { Mailer } from "./mailer.js";
import type { MailerPorts } from "./mailer-ports.js";

/** Brings mail to its actor: to the one that is here, after one that went on, or back to the sender when nobody here knows of it. */
export class Delivery {
  readonly #mailer: Mailer;
  readonly #ports: MailerPorts;
  /** News of moves that waits until all that was kept with it is on its way. */
  #untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] | undefined;

  constructor(mailer: Mailer, ports: MailerPorts) {
    this.#mailer = mailer;
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
      else this.#mailer.outboxes.push(to, mailFrame(mail, place, 0));
      return true;
    }
    if (mail.origin === place) {
      if (this.#mailer.outboxes.outstanding(to) >= settings.linkLetters) {
        this.#mailer.overflow(mail);
        return false;
      }
      if (mail.ask !== 0) this.#mailer.asks.sent(mail.ask, to, mail.epoch);
    }
    const room = this.#mailer.outboxes.spend(to);
    if (to === place) {
      mail.via = place;
      this.deliver(mail);
    } else {
      const nowMs = mail.expiresAtMs === 0 ? 0 : this.#ports.clock.now();
      this.#mailer.outboxes.push(to, mailFrame(mail, place, nowMs), 1, mail.payload.byteLength + 64);
    }
    return room;
  }

  #passOn(mail: Mail, givenUp: boolean): void {
    const { clock, count } = this.#ports;
    const entry = givenUp ? undefined : this.#mailer.forwardings.use(mail.to, mail.epoch, clock.now());
    if (entry === undefined || this.#mailer.unreachable.isDown(entry.to)) {
      this.#bounce(mail, entry, givenUp);
      return;
    }
    mail.epoch = entry.nextEpoch;
    if (mail.kind === "envelope") {
      this.#mailer.taken(mail);
      count("forwarded", 1);
      count("moveInFlight", 1);
    }
    this.dispatch(mail, entry.to);
    // After the message: the marker that the news sets off must not overtake it.
    if (mail.kind !== "envelope") return;
    if (this.#untold === undefined) this.#tellMoved(mail.origin, entry);
    else this.#untold.push({ origin: mail.origin, entry });
  }

  #tellMoved(origin: PlaceId, { id, nextEpoch, to }: Forwarding): void {
    if (origin === this.#ports.place) this.#mailer.routes.moved(id, nextEpoch, to);
    else if (!this.#mailer.unreachable.isDown(origin)) this.#mailer.outboxes.push(origin, [FrameKind.moved, id, nextEpoch, to]);
  }

  #bounce(mail: Mail, dead: Forwarding | undefined, givenUp: boolean): void {
    const { place, clock, count } = this.#ports;
    if (mail.kind === "envelope") {
      this.#mailer.taken(mail);
      if (this.#mailer.isFenced) {
        // It waited here while others may have gone on without this node, and its sender with them.
        this.#mailer.overtaken(mail);
        return;
      }
      count("bounced", 1);
      if (givenUp) mail.epoch = mail.sentEpoch;
    }
    const here = this.#ports.find(mail.to);
    const newest = dead === undefined ? this.#mailer.forwardings.newest(mail.to, mail.epoch) : undefined;
    const hint = here !== undefined ? { place, epoch: here.epoch } : newest && { place: newest.to, epoch: newest.nextEpoch };
    if (mail.origin === place) this.#mailer.frameHandler.bounced(mail, hint?.place, hint?.epoch ?? 0, givenUp);
    else if (this.#mailer.unreachable.isDown(mail.origin)) {
      if (mail.kind === "envelope")
        this.#mailer.deadLetter(mail, "ActorNotFound", `actor ${mail.to} is not here, and its sender's thread is gone`);
    } else {
      const frame = mailFrame(mail, place, clock.now());
      this.#mailer.outboxes.push(
        mail.origin,
        [FrameKind.bounced, frame, hint?.place ?? null, hint?.epoch ?? 0, givenUp],
        mail.kind === "envelope" ? 1 : 0,
        64,
      );
    }
  }
}
