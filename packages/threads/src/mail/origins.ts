import type { Envelope, Mail } from "@process-hub/actor";
import {
  type ActorId,
  type Bytes,
  type Clock,
  type Epoch,
  FrameKind,
  type ItemFrame,
  type Payload,
  type PlaceId,
  PlainValue,
  type WireError,
} from "@process-hub/protocol";
import { mailFrame } from "./envelope-frames.js";
import type { Forwarding } from "./forwardings.js";
import type { Outboxes } from "./outboxes.js";
import type { UnreachablePlaces } from "./unreachable-places.js";

/** Where an actor is, as far as a place knows. */
export interface Hint {
  readonly place: PlaceId;
  readonly epoch: Epoch;
}

/** The ports of the origins. */
export interface OriginsPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  readonly outboxes: Pick<Outboxes, "push">;
  readonly unreachable: Pick<UnreachablePlaces, "isDown">;
  /** This place is the origin itself: what comes back is taken here. */
  readonly reply: (ask: number, epoch: Epoch, answer: Payload | WireError) => void;
  readonly item: (frame: ItemFrame) => void;
  readonly markerMet: (id: ActorId, markerId: number) => void;
  readonly askHere: (ask: number, to: ActorId, epoch: Epoch, kept: boolean) => void;
  readonly wentOn: (ask: number, to: ActorId, place: PlaceId, epoch: Epoch) => void;
  readonly moved: (id: ActorId, epoch: Epoch, place: PlaceId) => void;
  readonly bounced: (mail: Mail, place: PlaceId | undefined, epoch: Epoch, givenUp: boolean) => void;
}

/**
 * Tells the place that mail came from what became of it: a reply, a marker met, a move, a bounce. Without it every part would decide anew
 * that this place needs no frame, and that a place that is down hears nothing.
 */
export class Origins {
  readonly #ports: OriginsPorts;

  constructor(ports: OriginsPorts) {
    this.#ports = ports;
  }

  /** Answers an ask that was handled, or refused, here under `epoch`. */
  reply(envelope: Envelope, epoch: Epoch, answer: Payload | WireError): void {
    const { origin, ask } = envelope;
    const { place, unreachable, outboxes } = this.#ports;
    if (origin === place) this.#ports.reply(ask, epoch, answer);
    else if (unreachable.isDown(origin)) return;
    else if (answer instanceof PlainValue)
      outboxes.push(origin, [FrameKind.value, ask, epoch, answer.value], 0, answer.mostBytes);
    else {
      const bytes = answer instanceof Uint8Array ? answer.byteLength : 256;
      outboxes.push(origin, [FrameKind.reply, ask, epoch, answer], 0, bytes);
    }
  }

  /** An item of a stream that was opened by an ask; index 0, null: it has begun. */
  item({ to, origin, ask }: Pick<Envelope, "to" | "origin" | "ask">, epoch: Epoch, index: number, item: Bytes | null): void {
    const { place, unreachable, outboxes } = this.#ports;
    const frame: ItemFrame = [FrameKind.item, to, ask, epoch, index, item];
    if (origin === place) this.#ports.item(frame);
    else if (!unreachable.isDown(origin)) outboxes.push(origin, frame, 0, item === null ? 0 : item.byteLength + 32);
  }

  /** A marker met its running actor here, or what stands for it. */
  markerMet(to: ActorId, markerId: number, origin: PlaceId): void {
    if (origin === this.#ports.place) this.#ports.markerMet(to, markerId);
    else if (!this.#ports.unreachable.isDown(origin)) this.#ports.outboxes.push(origin, [FrameKind.markerMet, to, markerId]);
  }

  /** An ask that did not come straight from its origin is here: its actor has gone here, or goes on from here. `kept`: it does not end with this place. */
  askHere({ to, origin, ask }: Pick<Envelope, "to" | "origin" | "ask">, epoch: Epoch, kept = false): void {
    const { place, unreachable, outboxes } = this.#ports;
    if (origin === place) this.#ports.askHere(ask, to, epoch, kept);
    else if (!unreachable.isDown(origin))
      outboxes.push(origin, kept ? [FrameKind.askHere, ask, epoch, to, true] : [FrameKind.askHere, ask, epoch, to]);
  }

  /** An ask that was taken back is not here any more: its actor has gone on with it, or ahead of it. */
  wentOn(origin: PlaceId, ask: number, { id, nextEpoch, to }: Pick<Forwarding, "id" | "nextEpoch" | "to">): void {
    const { place, unreachable, outboxes } = this.#ports;
    if (origin === place) this.#ports.wentOn(ask, id, to, nextEpoch);
    else if (!unreachable.isDown(origin)) outboxes.push(origin, [FrameKind.wentOn, id, nextEpoch, to, ask]);
  }

  /** The actor went on to `to`. */
  moved(origin: PlaceId, id: ActorId, epoch: Epoch, to: PlaceId): void {
    if (origin === this.#ports.place) this.#ports.moved(id, epoch, to);
    else if (!this.#ports.unreachable.isDown(origin)) this.#ports.outboxes.push(origin, [FrameKind.moved, id, epoch, to]);
  }

  /** The actor is not here under the epoch of the mail; `hint`: where it is. False when nobody is left to take the mail back. */
  bounced(mail: Mail, hint: Hint | undefined, givenUp: boolean): boolean {
    const { place, clock, outboxes, unreachable, bounced } = this.#ports;
    if (mail.origin === place) bounced(mail, hint?.place, hint?.epoch ?? 0, givenUp);
    else if (unreachable.isDown(mail.origin)) return false;
    else {
      const frame = mailFrame(mail, place, clock.now());
      const envelopes = mail.kind === "envelope" ? 1 : 0;
      outboxes.push(mail.origin, [FrameKind.bounced, frame, hint?.place ?? null, hint?.epoch ?? 0, givenUp], envelopes, 64);
    }
    return true;
  }
}
