/**
 * Messages and markers as they stand in a mailbox, and as they travel. Without one place for both, what is left out on the way (the origin,
 * an instant that means nothing on another clock) would be read back as something else.
 */
import type { Envelope, Mail } from "@process-hub/actor";
import { type EnvelopeFrame, FrameKind, framedPayload, type MarkerFrame, type PlaceId, payloadFrom } from "@process-hub/protocol";

/** A message as it travels from `from`: the origin is left out where it is the sending place, expiry becomes time left. */
export function envelopeFrame(envelope: Envelope, from: PlaceId, nowMs: number, epoch = envelope.epoch): EnvelopeFrame {
  const frame: EnvelopeFrame = [
    FrameKind.envelope,
    envelope.to,
    epoch,
    envelope.name,
    framedPayload(envelope.payload),
    envelope.origin === from ? null : envelope.origin,
    envelope.sender,
    envelope.ask,
    envelope.expiresAtMs === 0 ? 0 : Math.max(1, envelope.expiresAtMs - nowMs),
    envelope.actor ?? null,
  ];
  if (envelope.header !== undefined) frame.push(envelope.header);
  return frame;
}

/** A message as it came from `from`, which is owed credit for it. */
export function envelopeFrom(frame: EnvelopeFrame, from: PlaceId, nowMs: number): Envelope {
  return {
    kind: "envelope",
    to: frame[1],
    epoch: frame[2],
    sentEpoch: frame[2],
    name: frame[3],
    actor: frame[9] ?? null,
    payload: payloadFrom(frame[4]),
    header: frame[10],
    origin: frame[5] ?? from,
    sender: frame[6],
    ask: frame[7],
    expiresAtMs: frame[8] === 0 ? 0 : nowMs + frame[8],
    via: from,
  };
}

/** A message or marker as it travels. */
export function mailFrame(mail: Mail, from: PlaceId, nowMs: number): EnvelopeFrame | MarkerFrame {
  return mail.kind === "envelope"
    ? envelopeFrame(mail, from, nowMs)
    : [FrameKind.marker, mail.to, mail.epoch, mail.markerId, mail.origin];
}

/** A message or marker as it came. */
export function mailFrom(frame: EnvelopeFrame | MarkerFrame, from: PlaceId, nowMs: number): Mail {
  if (frame[0] === FrameKind.envelope) return envelopeFrom(frame, from, nowMs);
  return { kind: "marker", to: frame[1], epoch: frame[2], markerId: frame[3], origin: frame[4] };
}
