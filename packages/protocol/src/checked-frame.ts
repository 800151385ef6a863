/**
 * Checks a frame of another node against the schema of its kind. Messages and replies, of which there are most, are looked at by hand first;
 * what does not pass is given to the schema, which says why.
 * Without it each frame would be tried against all schemas before its own, and a message would be copied to be checked.
 */
import { z } from "zod";
import { EventFrame } from "./event-frames.js";
import {
  AskHereFrame,
  BouncedFrame,
  CreditFrame,
  EnvelopeFrame,
  type Frame,
  FrameKind,
  HandoffFrame,
  ItemFrame,
  MarkerFrame,
  MarkerMetFrame,
  MoreFrame,
  MovedFrame,
  ReplicaFrame,
  ReplyFrame,
  RoomFrame,
  StalePathFrame,
  ValueFrame,
  WaitsForFrame,
  WaitsFrame,
  WentOnFrame,
  WidenFrame,
  WithdrawFrame,
} from "./frames.js";
import { Header } from "./header.js";
import { isFramedPayload } from "./payload.js";
import { PlaceId } from "./place.js";
import { ServiceFrame } from "./service-frames.js";

/** The schemas of the frames that are lists, by their kind. */
const byKind: Readonly<Record<number, z.ZodType<Frame>>> = {
  [FrameKind.envelope]: EnvelopeFrame,
  [FrameKind.reply]: ReplyFrame,
  [FrameKind.marker]: MarkerFrame,
  [FrameKind.markerMet]: MarkerMetFrame,
  [FrameKind.moved]: MovedFrame,
  [FrameKind.bounced]: BouncedFrame,
  [FrameKind.credit]: CreditFrame,
  [FrameKind.stalePath]: StalePathFrame,
  [FrameKind.askHere]: AskHereFrame,
  [FrameKind.room]: RoomFrame,
  [FrameKind.waits]: WaitsFrame,
  [FrameKind.widen]: WidenFrame,
  [FrameKind.withdraw]: WithdrawFrame,
  [FrameKind.wentOn]: WentOnFrame,
  [FrameKind.waitsFor]: WaitsForFrame,
  [FrameKind.item]: ItemFrame,
  [FrameKind.more]: MoreFrame,
  [FrameKind.value]: ValueFrame,
} satisfies Readonly<Record<(typeof FrameKind)[keyof typeof FrameKind], z.ZodType>>;

const ObjectFrame = z.discriminatedUnion("type", [HandoffFrame, ReplicaFrame, EventFrame, ServiceFrame]);

const KindOnly = z.tuple([z.enum(FrameKind)]).rest(z.unknown());

/** The frame, which fits its schema. Throws an error of the schema that it does not fit. */
export function checkedFrame(frame: unknown): Frame {
  if (!Array.isArray(frame)) return ObjectFrame.parse(frame);
  if (isHotFrame(frame)) return frame as unknown as Frame;
  const [kind] = KindOnly.parse(frame);
  return (byKind[kind] as z.ZodType<Frame>).parse(frame);
}

/** True for a message or a reply that fits its schema. Of some that fit it may be false. */
export function isHotFrame(frame: readonly unknown[]): boolean {
  switch (frame[0]) {
    case FrameKind.envelope:
      return isEnvelope(frame);
    case FrameKind.reply:
      return frame.length === 4 && isNumber(frame[1], 1) && isNumber(frame[2], 0) && frame[3] instanceof Uint8Array;
    case FrameKind.value:
      return frame.length === 4 && isNumber(frame[1], 1) && isNumber(frame[2], 0) && isFramedPayload(frame[3]);
    default:
      return false;
  }
}

function isEnvelope(frame: readonly unknown[]): boolean {
  const { length } = frame;
  if (length < 9 || length > 11) return false;
  const [, to, epoch, name, payload, origin, sender, ask, leftMs, kind = null, header] = frame;
  return (
    isId(to) &&
    isNumber(epoch, 0) &&
    typeof name === "string" &&
    isFramedPayload(payload) &&
    (origin === null || PlaceId.safeParse(origin).success) &&
    (sender === null || isId(sender)) &&
    isNumber(ask, 0) &&
    typeof leftMs === "number" &&
    Number.isFinite(leftMs) &&
    leftMs >= 0 &&
    (kind === null || typeof kind === "string") &&
    (header === undefined || Header.safeParse(header).success)
  );
}

function isId(value: unknown): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= 512 && value.isWellFormed();
}

function isNumber(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
