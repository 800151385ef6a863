import { type Mail, wasTakenBack } from "@process-hub/actor";
import {
  type ActorId,
  type Checks,
  type Clock,
  type CounterName,
  type Epoch,
  headerBytes,
  mostBytesOf,
  type PlaceId,
} from "@process-hub/protocol";
import type { Asks } from "./asks.js";
import { mailFrame } from "./envelope-frames.js";
import type { Fates } from "./fates.js";
import type { Forwarding, Forwardings } from "./forwardings.js";
import type { Addressee } from "./mailer-ports.js";
import type { Origins } from "./origins.js";
import type { Outboxes } from "./outboxes.js";
import type { UnreachablePlaces } from "./unreachable-places.js";

/** Mail that waited in an actor here, and looks for it: one that has ended and had taken it in, or a duplicate that was given up. */
export type CameBack = "accepted" | "givenUp";

/** The ports of delivery. */
export interface DeliveryPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly checks: Checks;
  /** How many messages may be on the way to one place. */
  readonly linkLetters: number;
  readonly count: (name: CounterName, by: number) => void;
  /** The actor of this id that is here, whatever its phase. */
  readonly find: (id: ActorId) => Addressee | undefined;
  readonly isFenced: () => boolean;
  readonly outboxes: Pick<Outboxes, "push" | "outstanding" | "spend">;
  readonly asks: Pick<Asks, "sent">;
  readonly forwardings: Pick<Forwardings, "use" | "newest">;
  readonly unreachable: Pick<UnreachablePlaces, "isDown">;
  readonly fates: Pick<Fates, "taken" | "overflow" | "overtaken" | "deadLetter" | "expired">;
  readonly origins: Omit<Origins, "reply">;
}

/**
 * Brings mail to its actor: to the one that is here, after one that went on, or back to the sender when nobody here knows of it.
 * Without the epoch in its address mail would reach an actor ahead of what is still on its way to it.
 */
export class Delivery {
  readonly #ports: DeliveryPorts;
  /** News of moves that waits until all that was kept with it is on its way. */
  #untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] | undefined;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  /** Takes mail that arrived here; `cameBack`: it arrived long ago. */
  deliver(mail: Mail, cameBack?: CameBack): void {
    const addressee = this.#ports.find(mail.to);
    if (addressee === undefined || addressee.epoch !== mail.epoch) this.#passOn(mail, cameBack);
    else {
      if (mail.kind === "envelope" && mail.ask !== 0 && mail.via !== mail.origin) this.#ports.origins.askHere(mail, mail.epoch);
      addressee.take(mail);
    }
  }

  /** Delivers mail that was kept together, in order: the marker that the news of one sets off must not overtake the rest. */
  deliverAll(mails: Iterable<Mail>, cameBack?: CameBack): void {
    const untold: { readonly origin: PlaceId; readonly entry: Forwarding }[] = [];
    this.#ports.checks.invariant(this.#untold === undefined, "mail that was kept is delivered in one go");
    this.#untold = untold;
    for (const mail of mails) this.deliver(mail, cameBack);
    this.#untold = undefined;
    for (const { origin, entry } of untold) this.#tellMoved(origin, entry);
  }

  /** Sends mail on to a place, which may be this one. False when it is time to slow down. `nowMs`: the time, where it was read just now. */
  dispatch(mail: Mail, to: PlaceId, nowMs?: number): boolean {
    const { place, linkLetters, outboxes, asks, fates, clock } = this.#ports;
    if (mail.kind === "envelope" && wasTakenBack(mail)) {
      fates.expired(mail);
      return true;
    }
    if (mail.kind === "marker") {
      if (to === place) this.deliver(mail);
      else outboxes.push(to, mailFrame(mail, place, 0));
      return true;
    }
    if (mail.origin === place) {
      if (outboxes.outstanding(to) >= linkLetters) {
        fates.overflow(mail);
        return false;
      }
      if (mail.ask !== 0) asks.sent(mail.ask, to, mail.epoch);
    }
    const room = outboxes.spend(to);
    if (to === place) {
      mail.via = place;
      this.deliver(mail);
    } else {
      const atMs = mail.expiresAtMs === 0 ? 0 : (nowMs ?? clock.now());
      const extra = mail.header === undefined ? 0 : headerBytes(mail.header);
      outboxes.push(to, mailFrame(mail, place, atMs), 1, mostBytesOf(mail.payload) + 64 + extra);
    }
    return room;
  }

  /** An ask of `origin` was aborted, which had been sent here by an epoch. */
  withdraw(id: ActorId, epoch: Epoch, ask: number, origin: PlaceId): void {
    const { find, forwardings, origins } = this.#ports;
    if (find(id)?.withdraw(origin, ask) === true) return;
    const entry = forwardings.newest(id, epoch);
    if (entry !== undefined) origins.wentOn(origin, ask, entry);
  }

  #passOn(mail: Mail, cameBack: CameBack | undefined): void {
    const { clock, checks, count, forwardings, unreachable, fates } = this.#ports;
    const entry = cameBack === "givenUp" ? undefined : forwardings.use(mail.to, mail.epoch, clock.now());
    if (entry === undefined || unreachable.isDown(entry.to)) {
      this.#bounce(mail, entry, cameBack);
      return;
    }
    mail.epoch = entry.nextEpoch;
    if (mail.kind === "envelope") {
      if (mail.via !== null && mail.via !== mail.origin) checks.mark("forwardedTwice");
      fates.taken(mail);
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
    this.#ports.origins.moved(origin, id, nextEpoch, to);
  }

  #bounce(mail: Mail, dead: Forwarding | undefined, cameBack: CameBack | undefined): void {
    const { place, checks, count, find, isFenced, forwardings, fates, origins } = this.#ports;
    if (mail.kind === "envelope") {
      fates.taken(mail);
      if (isFenced()) {
        // It waited here while others may have gone on without this node, and its sender with them.
        checks.mark("fencedBounce");
        fates.overtaken(mail);
        return;
      }
      checks.mark("bounced");
      count("bounced", 1);
      if (cameBack === "givenUp") mail.epoch = mail.sentEpoch;
    }
    const here = find(mail.to);
    const newest = dead === undefined ? forwardings.newest(mail.to, mail.epoch) : undefined;
    const hint = here !== undefined ? { place, epoch: here.epoch } : newest && { place: newest.to, epoch: newest.nextEpoch };
    if (origins.bounced(mail, hint, cameBack !== undefined) || mail.kind !== "envelope") return;
    fates.deadLetter(mail, "ActorNotFound", `actor ${mail.to} is not here, and its sender's thread is gone`);
  }
}
