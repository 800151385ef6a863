import type { Letter, Mail } from "@process-hub/actor";
import { FrameKind, type LetterFrame, type MarkerFrame, type PlaceId } from "@process-hub/protocol";

/** A letter as it travels from `from`: the origin is left out where it is the sending place, expiry becomes time left. */
export function letterFrame(letter: Letter, from: PlaceId, nowMs: number, epoch = letter.epoch): LetterFrame {
  return [
    FrameKind.letter,
    letter.to,
    epoch,
    letter.name,
    letter.payload,
    letter.origin === from ? null : letter.origin,
    letter.sender,
    letter.ask,
    letter.expiresAtMs === 0 ? 0 : Math.max(1, letter.expiresAtMs - nowMs),
  ];
}

/** A letter as it came from `from`, which is owed credit for it. */
export function letterFrom(frame: LetterFrame, from: PlaceId, nowMs: number): Letter {
  return {
    kind: "letter",
    to: frame[1],
    epoch: frame[2],
    sentEpoch: frame[2],
    name: frame[3],
    payload: frame[4],
    origin: frame[5] ?? from,
    sender: frame[6],
    ask: frame[7],
    expiresAtMs: frame[8] === 0 ? 0 : nowMs + frame[8],
    via: from,
  };
}

/** A letter or marker as it travels. */
export function mailFrame(mail: Mail, from: PlaceId, nowMs: number): LetterFrame | MarkerFrame {
  return mail.kind === "letter"
    ? letterFrame(mail, from, nowMs)
    : [FrameKind.marker, mail.to, mail.epoch, mail.flush, mail.origin];
}

/** A letter or marker as it came. */
export function mailFrom(frame: LetterFrame | MarkerFrame, from: PlaceId, nowMs: number): Mail {
  if (frame[0] === FrameKind.letter) return letterFrom(frame, from, nowMs);
  return { kind: "marker", to: frame[1], epoch: frame[2], flush: frame[3], origin: frame[4] };
}
