import type { LetterFrame, Parcel } from "@process-hub/protocol";

/** What a parcel takes on its way, its spec apart, or a little more. */
export function parcelBytes({ state, mailbox, timers }: Parcel): number {
  const letters = mailbox.reduce((sum, letter) => sum + letter[4].byteLength + 64 + wordsOf(letter), 0);
  const pending = timers.reduce((sum, { key, name, payload }) => sum + payload.byteLength + 32 + key.length + name.length, 0);
  return state.byteLength + 128 + letters + pending;
}

function wordsOf([, to, , name, , origin, sender]: LetterFrame): number {
  return to.length + name.length + (origin?.length ?? 0) + (sender?.length ?? 0);
}
