/**
 * A batch of frames between two places, sealed once and opened where it ends.
 * Without it each hop would decode and encode every message it passes on.
 */
import { z } from "zod";
import { checkedFrame } from "./checked-frame.js";
import { Bytes, decode, encodeMessage, encodePlain, ownedCopy } from "./codec.js";
import { type Frame, FrameKind } from "./frames.js";
import { PlaceId } from "./place.js";

/** A batch of frames between two places, encoded once and not opened on the way. `envelopes` says how many messages are inside. */
export const Packet = z.strictObject({
  from: PlaceId,
  to: PlaceId,
  envelopes: z.int().nonnegative(),
  bytes: Bytes,
});
export type Packet = z.infer<typeof Packet>;

/** Seals frames into a packet that owns its memory. Throws `NotSerializable` for a frame that holds what cannot travel. */
export function seal(from: PlaceId, to: PlaceId, frames: readonly Frame[], envelopes: number): Packet {
  return { from, to, envelopes, bytes: ownedCopy(encodePlain(frames.map(sealed))) };
}

/** Hot frames are plain as they are; the others may hold anything of a user in arguments, metadata or the fields of an error: they are bytes. */
function sealed(frame: Frame): unknown {
  if (!Array.isArray(frame)) return encodeMessage(frame, frame.type);
  if (frame[0] === FrameKind.reply && !(frame[3] instanceof Uint8Array)) return encodeMessage(frame, "reply");
  return frame;
}

const Frames = z.array(z.unknown());

/** Opens a packet. Throws on bytes that are not a list of frames; every frame is checked against its schema. */
export function open(packet: Packet): Frame[] {
  return Frames.parse(opened(packet)).map(checkedFrame);
}

/**
 * Opens a packet that another thread of this very process sealed: the bytes are decoded, the schemas are not run again.
 * (A sixth of the cost of a message, spent on what our own encoder has just written.)
 */
export function openOwn(packet: Packet): Frame[] {
  return opened(packet) as Frame[];
}

function opened(packet: Packet): unknown {
  const frames = decode(packet.bytes);
  if (!Array.isArray(frames)) return frames;
  for (let i = 0; i < frames.length; i++) {
    const frame: unknown = frames[i];
    if (frame instanceof Uint8Array) frames[i] = decode(frame);
  }
  return frames;
}
