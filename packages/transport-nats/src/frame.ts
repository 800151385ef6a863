/**
 * The form of one NATS message: a checksum, who sent it, then a whole payload or a piece of one.
 * Without the checksum a flipped bit in the sender's name or life would look like a peer that has begun anew.
 */
import { crc32 } from "node:zlib";
import { type Bytes, NodeName } from "@process-hub/protocol";

/**
 * What travels in one NATS message: who sent it (name, and which opening of a transport), then a whole payload or a piece of one.
 * The checksum is the CRC-32 of all after it: one flipped bit of a session or an incarnation would look like a peer that has begun anew.
 *
 *     checksum (4 bytes)  kind (1)  name length (1)  name  life (12)  [message number (4)  index (4)  count (4)]  bytes
 */
export interface Frame {
  readonly from: NodeName;
  /** Tells two senders of one name apart, and our own echo from a namesake. */
  readonly life: string;
  /** Missing on a whole payload. */
  readonly piece?: { readonly message: number; readonly index: number; readonly count: number };
  readonly bytes: Bytes;
}

const checksumLength = 4;
/** Checksum, kind, and the length of the name. */
const nameAt = checksumLength + 2;
const wholeKind = 1;
const pieceKind = 2;
const lifeLength = 12;
const pieceLength = 12;

/** The most that a frame adds to its bytes. */
export const maxHeaderBytes = nameAt + 200 + lifeLength + pieceLength;

/** Makes the frames of one opening of a transport. `life` has 12 ASCII characters. */
export class Framer {
  readonly #sender: Uint8Array;
  #message = 0;

  constructor(from: NodeName, life: string) {
    const text = new TextEncoder().encode(`${from}${life.padEnd(lifeLength).slice(0, lifeLength)}`);
    this.#sender = new Uint8Array(1 + text.length);
    this.#sender[0] = from.length;
    this.#sender.set(text, 1);
  }

  /** The payload in as many frames as it takes, none longer than `maxBytes`. */
  frames(bytes: Bytes, maxBytes: number): Uint8Array[] {
    const wholeHeader = nameAt - 1 + this.#sender.length;
    if (wholeHeader + bytes.length <= maxBytes) return [this.#frame(wholeKind, [], bytes)];
    const size = maxBytes - wholeHeader - pieceLength;
    const count = Math.ceil(bytes.length / size);
    this.#message = (this.#message + 1) >>> 0;
    return Array.from({ length: count }, (_, index) =>
      this.#frame(pieceKind, [this.#message, index, count], bytes.subarray(index * size, (index + 1) * size)),
    );
  }

  #frame(kind: number, numbers: readonly number[], bytes: Bytes): Uint8Array {
    const numbersAt = nameAt - 1 + this.#sender.length;
    const header = numbersAt + 4 * numbers.length;
    const frame = new Uint8Array(header + bytes.length);
    const fields = new DataView(frame.buffer);
    frame[checksumLength] = kind;
    frame.set(this.#sender, nameAt - 1);
    for (const [at, number] of numbers.entries()) fields.setUint32(numbersAt + 4 * at, number);
    frame.set(bytes, header);
    fields.setUint32(0, crc32(frame.subarray(checksumLength)));
    return frame;
  }
}

/** The frame in a NATS message, or `undefined` for what is none. Its bytes share the memory of `data`. */
export function parseFrame(data: Uint8Array): Frame | undefined {
  const kind = data[checksumLength];
  const nameLength = data[nameAt - 1] ?? 0;
  const headerLength = nameAt + nameLength + lifeLength;
  if ((kind !== wholeKind && kind !== pieceKind) || data.length < headerLength || !isWhole(data)) return undefined;
  const from = ascii(data, nameAt, nameAt + nameLength);
  if (!NodeName.safeParse(from).success) return undefined;
  const life = ascii(data, nameAt + nameLength, headerLength);
  if (kind === wholeKind) return { from, life, bytes: view(data, headerLength) };
  if (data.length <= headerLength + pieceLength) return undefined;
  const numbers = new DataView(data.buffer, data.byteOffset + headerLength, pieceLength);
  const piece = { message: numbers.getUint32(0), index: numbers.getUint32(4), count: numbers.getUint32(8) };
  if (piece.count < 2 || piece.index >= piece.count) return undefined;
  return { from, life, piece, bytes: view(data, headerLength + pieceLength) };
}

/** Whether the bytes are those that were sent. */
function isWhole(data: Uint8Array): boolean {
  const checksum = new DataView(data.buffer, data.byteOffset).getUint32(0);
  return crc32(data.subarray(checksumLength)) === checksum;
}

/** A plain view: what the client gives may be a Buffer. */
function view(data: Uint8Array, start: number): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset + start, data.length - start);
}

function ascii(data: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...data.subarray(start, end));
}
