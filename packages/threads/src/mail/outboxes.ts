import {
  type Checks,
  type CounterName,
  type Frame,
  FrameKind,
  type Packet,
  type PlaceId,
  seal,
  TurnBatch,
} from "@process-hub/protocol";

/** One destination: the frames that wait for it, and the count of messages on the way to it. */
interface Outbox {
  readonly to: PlaceId;
  frames: Frame[];
  envelopes: number;
  bytes: number;
  /** Messages given to it so far, and of these the ones it has taken into hand. */
  sent: number;
  credited: number;
  /** Messages that left over the link. */
  posted: number;
}

/** The ports and bounds of outboxes. */
export interface OutboxOptions {
  readonly place: PlaceId;
  readonly checks: Checks;
  readonly window: number;
  /** The largest packet that may leave; one frame always does, since what it holds was looked at before. */
  readonly maxBytes: number;
  /** Hands a packet to the link that leads towards `packet.to`. */
  readonly transmit: (packet: Packet) => void;
  readonly count: (name: CounterName, by: number) => void;
  /** A place has taken in more of what was sent to it, or is down. */
  readonly roomAgain: () => void;
}

const maxFrames = 512;
const batchBytes = 256 * 1024;

/**
 * What goes out of a place: frames gathered per destination, sealed into one packet per microtask (or when a batch is full),
 * and the window of messages that a destination has not yet taken into hand. Without the window a fast sender would fill the memory of a
 * slow receiver.
 */
export class Outboxes {
  readonly #options: OutboxOptions;
  /** Credit is paid in steps: an eighth of the window, so that what stays unpaid never closes it. */
  readonly #step: number;
  readonly #outboxes = new Map<PlaceId, Outbox>();
  readonly #owed = new Map<PlaceId, number>();
  /** Those with something to send. */
  readonly #dirty = new TurnBatch<Outbox>((outboxes) => {
    for (const outbox of outboxes) this.#flush(outbox);
  });
  readonly #full = new Set<Outbox>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#step = Math.max(1, options.window >> 3);
  }

  /** Adds a frame for another place. */
  push(to: PlaceId, frame: Frame, envelopes = 0, bytes = 0): void {
    const outbox = this.#outbox(to);
    if (outbox.frames.length === 0) this.#dirty.add(outbox);
    outbox.frames.push(frame);
    outbox.envelopes += envelopes;
    outbox.bytes += bytes;
    if (outbox.frames.length >= maxFrames || outbox.bytes >= batchBytes) this.#flush(outbox);
  }

  /** Notes a message towards a place, its own included. False when the window is full: time to slow down. */
  spend(to: PlaceId): boolean {
    const outbox = this.#outbox(to);
    outbox.sent++;
    if (outbox.sent - outbox.credited < this.#options.window) return true;
    this.#full.add(outbox);
    return false;
  }

  /** How many messages were noted towards a place. */
  sentTo(to: PlaceId): number {
    return this.#outboxes.get(to)?.sent ?? 0;
  }

  /** True when the place has taken in the first `count` of them, but for what it may owe credit for. */
  isTaken(to: PlaceId, count: number): boolean {
    const outbox = this.#outboxes.get(to);
    return outbox === undefined || outbox.credited + this.#step > count;
  }

  /** How many messages towards a place are not yet taken into hand. */
  outstanding(to: PlaceId): number {
    const outbox = this.#outboxes.get(to);
    return outbox === undefined ? 0 : outbox.sent - outbox.credited;
  }

  /** The place `to` has taken `envelopes` more of ours into hand. What it took before a break of the link may come too late: no harm. */
  credited(to: PlaceId, envelopes: number): void {
    const outbox = this.#outboxes.get(to);
    if (outbox === undefined) return;
    this.#options.checks.invariant(
      to !== this.#options.place || outbox.credited + envelopes <= outbox.sent,
      "a place takes no more of its own messages than it sent",
    );
    outbox.credited = Math.min(outbox.sent, outbox.credited + envelopes);
    if (outbox.sent - outbox.credited <= this.#options.window / 2) this.#full.delete(outbox);
    this.#options.roomAgain();
  }

  /** Owes `from` credit for one more message. */
  owe(from: PlaceId): void {
    const owed = (this.#owed.get(from) ?? 0) + 1;
    if (owed < this.#step) {
      this.#owed.set(from, owed);
      return;
    }
    this.#owed.set(from, 0);
    if (from === this.#options.place) this.credited(from, owed);
    else this.push(from, [FrameKind.credit, owed]);
  }

  /** False from when the window towards a place is full until half of it is taken. */
  hasRoom(to: PlaceId): boolean {
    if (this.#full.size === 0) return true;
    const outbox = this.#outboxes.get(to);
    return outbox === undefined || !this.#full.has(outbox);
  }

  /** Forgets the destinations that are down. Returns how many messages had left towards each. */
  sever(isDown: (place: PlaceId) => boolean): { readonly place: PlaceId; readonly posted: number }[] {
    for (const from of this.#owed.keys()) if (isDown(from)) this.#owed.delete(from);
    const cut = [...this.#outboxes.values()].filter((outbox) => isDown(outbox.to));
    for (const outbox of cut) {
      // What still waits for it counts as sent, and need not travel.
      outbox.posted += outbox.envelopes;
      this.#options.count("posted", outbox.envelopes);
      this.#outboxes.delete(outbox.to);
      outbox.frames = [];
      this.#full.delete(outbox);
    }
    if (cut.length > 0) this.#options.roomAgain();
    return cut.map(({ to, posted }) => ({ place: to, posted }));
  }

  /** Sends all that waits. False when nothing does. */
  flush(): boolean {
    if (this.#dirty.size === 0) return false;
    this.#dirty.flush();
    return true;
  }

  #outbox(to: PlaceId): Outbox {
    let outbox = this.#outboxes.get(to);
    if (outbox === undefined) {
      outbox = { to, frames: [], envelopes: 0, bytes: 0, sent: 0, credited: 0, posted: 0 };
      this.#outboxes.set(to, outbox);
    }
    return outbox;
  }

  #flush(outbox: Outbox): void {
    if (outbox.frames.length === 0) return;
    const { frames, envelopes } = outbox;
    outbox.frames = [];
    outbox.envelopes = 0;
    outbox.bytes = 0;
    outbox.posted += envelopes;
    this.#post(outbox.to, frames, envelopes);
  }

  /** In one packet, or in as many as it takes. */
  #post(to: PlaceId, frames: readonly Frame[], envelopes: number): void {
    const packet = seal(this.#options.place, to, frames, envelopes);
    if (packet.bytes.byteLength > this.#options.maxBytes && frames.length > 1) {
      const first = frames.slice(0, frames.length >> 1);
      const before = first.reduce((sum, frame) => sum + envelopesIn(frame), 0);
      this.#post(to, first, before);
      this.#post(to, frames.slice(first.length), envelopes - before);
      return;
    }
    this.#options.count("posted", envelopes);
    this.#options.count("bytesOut", packet.bytes.byteLength);
    this.#options.transmit(packet);
  }
}

function envelopesIn(frame: Frame): number {
  if (!Array.isArray(frame)) return frame.type === "commit" ? frame.actors.reduce((sum, { envelopes }) => sum + envelopes, 0) : 0;
  if (frame[0] === FrameKind.bounced) return frame[1][0] === FrameKind.envelope ? 1 : 0;
  return frame[0] === FrameKind.envelope ? 1 : 0;
}
