/**
 * Puts the pieces of large payloads together again, within bounds of bytes and time.
 * Without it a payload above the server's limit could not travel; without the bounds, lost pieces would fill the memory.
 */
import type { Bytes, Clock, NodeName } from "@process-hub/protocol";
import type { Frame } from "./frame.js";

interface Half {
  readonly life: string;
  readonly message: number;
  readonly count: number;
  readonly pieces: Uint8Array[];
  bytes: number;
  touchedAtMs: number;
}

/** The bounds on unfinished payloads in one opening of a transport: how many bytes, and for how long. */
export interface AssemblyLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** The cost of a piece beside its bytes, so that floods of tiny pieces are bounded too. */
const pieceCost = 100;

/**
 * Puts payloads together again. A connection keeps a sender's order, so a peer has one payload under way: a piece that
 * is not the next one means that some were lost, and what came before it is dropped; whoever needs it sends it again.
 */
export class Assembly {
  readonly #clock: Clock;
  readonly #limits: AssemblyLimits;
  /** The one touched last is the last. */
  readonly #halves = new Map<NodeName, Half>();
  #bytes = 0;

  constructor(clock: Clock, limits: AssemblyLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Bytes held of payloads that are not whole. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** The whole payload, when this was its last piece. */
  add(from: NodeName, { life, piece, bytes }: Frame & { readonly piece: NonNullable<Frame["piece"]> }): Bytes | undefined {
    let half = this.#halves.get(from);
    this.#drop(from);
    if (piece.index === 0) half = { life, message: piece.message, count: piece.count, pieces: [], bytes: 0, touchedAtMs: 0 };
    if (half?.life !== life || half.message !== piece.message || half.count !== piece.count) return undefined;
    if (half.pieces.length !== piece.index) return undefined;
    // A copy: the piece is a view of a whole read of the socket.
    half.pieces.push(bytes.slice());
    half.bytes += bytes.length + pieceCost;
    if (half.pieces.length === half.count) return joined(half.pieces);
    half.touchedAtMs = this.#clock.now();
    this.#halves.set(from, half);
    this.#bytes += half.bytes;
    for (const [oldest] of this.#halves) {
      if (this.#bytes <= this.#limits.maxBytes) break;
      this.#drop(oldest);
    }
    return undefined;
  }

  /** Drops the halves that nothing was added to for too long. */
  expire(): void {
    for (const [from, { touchedAtMs }] of this.#halves) {
      if (this.#clock.now() - touchedAtMs <= this.#limits.maxAgeMs) break;
      this.#drop(from);
    }
  }

  #drop(from: NodeName): void {
    this.#bytes -= this.#halves.get(from)?.bytes ?? 0;
    this.#halves.delete(from);
  }
}

function joined(pieces: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
