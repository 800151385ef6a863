import {
  type ActorSnapshot,
  type EnvelopeFrame,
  type Header,
  headerBytes,
  type OwedReply,
  payloadBytes,
  payloadFrom,
  tiesBytes,
} from "@process-hub/protocol";

/**
 * The bytes that a snapshot takes on its way, without its spec, or a little more.
 * Without it a move could not be refused before it blocks a link, or held to the limit of a message.
 */
export function snapshotBytes({ state, mailbox, timers, owed = [], life, unsent = [], ties }: ActorSnapshot): number {
  const envelopes = [...mailbox, ...unsent].reduce(
    (sum, envelope) => sum + payloadBytes(payloadFrom(envelope[4])).byteLength + 64 + wordsOf(envelope),
    0,
  );
  const pending = timers.reduce(
    (sum, timer) => sum + timer.payload.byteLength + 32 + timer.key.length + timer.name.length + ofHeader(timer.header),
    0,
  );
  const carried = owedBytes(owed) + (ties === undefined ? 0 : tiesBytes(ties));
  return state.byteLength + 192 + life.name.length + (life.root?.length ?? 0) + envelopes + pending + carried;
}

/** The bytes of answers that are owed. */
export function owedBytes(owed: readonly OwedReply[]): number {
  return owed.reduce((sum, { name, origin, sender }) => sum + name.length + origin.length + (sender?.length ?? 0) + 48, 0);
}

function wordsOf([, to, , name, , origin, sender, , , , header]: EnvelopeFrame): number {
  return to.length + name.length + (origin?.length ?? 0) + (sender?.length ?? 0) + ofHeader(header);
}

function ofHeader(header: Header | undefined): number {
  return header === undefined ? 0 : headerBytes(header);
}
