import { type CounterName, type Frame, FrameKind, type Packet, type PlaceId, seal } from "@process-hub/protocol";

/** What one destination has waiting, and what is on the way to it. */
interface Outlet {
  readonly to: PlaceId;
  frames: Frame[];
  letters: number;
  bytes: number;
  /** Letters given to it so far, and of these the ones it has taken into hand. */
  sent: number;
  credited: number;
  /** Letters that left over the link. */
  posted: number;
}

/** What outlets are made with. */
export interface OutletOptions {
  readonly place: PlaceId;
  readonly window: number;
  /** The largest packet that may leave; one frame always does, since what it holds was looked at before. */
  readonly maxBytes: number;
  /** Hands a packet to the link that leads towards `packet.to`. */
  readonly transmit: (packet: Packet) => void;
  readonly count: (name: CounterName, by: number) => void;
  /** No window is full any more. */
  readonly roomAgain: () => void;
}

const maxFrames = 512;
const batchBytes = 256 * 1024;

/**
 * What goes out of a place: frames gathered per destination, sealed into one packet per microtask (or when a batch is full),
 * and the window of letters that a destination has not yet taken into hand.
 */
export class Outlets {
  readonly #options: OutletOptions;
  readonly #outlets = new Map<PlaceId, Outlet>();
  readonly #owed = new Map<PlaceId, number>();
  #dirty: Outlet[] = [];
  #scheduled = false;
  #full = new Set<Outlet>();

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Adds a frame for another place. */
  push(to: PlaceId, frame: Frame, letters = 0, bytes = 0): void {
    const outlet = this.#outlet(to);
    if (outlet.frames.length === 0) {
      this.#dirty.push(outlet);
      this.#schedule();
    }
    outlet.frames.push(frame);
    outlet.letters += letters;
    outlet.bytes += bytes;
    if (outlet.frames.length >= maxFrames || outlet.bytes >= batchBytes) this.#flush(outlet);
  }

  /** Notes a letter towards a place, its own included. False when the window is full: time to slow down. */
  spend(to: PlaceId): boolean {
    const outlet = this.#outlet(to);
    outlet.sent++;
    if (outlet.sent - outlet.credited < this.#options.window) return true;
    this.#full.add(outlet);
    return false;
  }

  /** How many letters towards a place are not yet taken into hand. */
  outstanding(to: PlaceId): number {
    const outlet = this.#outlets.get(to);
    return outlet === undefined ? 0 : outlet.sent - outlet.credited;
  }

  /** The place `to` has taken `letters` more of ours into hand. What it took before a break of the link may come too late: no harm. */
  credited(to: PlaceId, letters: number): void {
    const outlet = this.#outlets.get(to);
    if (outlet === undefined) return;
    outlet.credited = Math.min(outlet.sent, outlet.credited + letters);
    if (this.#full.has(outlet) && outlet.sent - outlet.credited <= this.#options.window / 2) {
      this.#full.delete(outlet);
      if (this.room) this.#options.roomAgain();
    }
  }

  /** Owes `from` credit for one more letter; paid in steps of an eighth of the window, so that what stays unpaid never closes it. */
  owe(from: PlaceId): void {
    const owed = (this.#owed.get(from) ?? 0) + 1;
    if (owed < this.#options.window >> 3) {
      this.#owed.set(from, owed);
      return;
    }
    this.#owed.set(from, 0);
    if (from === this.#options.place) this.credited(from, owed);
    else this.push(from, [FrameKind.credit, owed]);
  }

  get room(): boolean {
    return this.#full.size === 0;
  }

  /** Forgets the destinations that are down. Returns how many letters had left towards each. */
  sever(isDown: (place: PlaceId) => boolean): { readonly place: PlaceId; readonly posted: number }[] {
    for (const from of this.#owed.keys()) if (isDown(from)) this.#owed.delete(from);
    const severed = [...this.#outlets.values()].filter((outlet) => isDown(outlet.to));
    for (const outlet of severed) {
      // What still waits for it counts as sent, and need not travel.
      outlet.posted += outlet.letters;
      this.#options.count("posted", outlet.letters);
      this.#outlets.delete(outlet.to);
      this.#dirty = this.#dirty.filter((other) => other !== outlet);
      this.#full.delete(outlet);
    }
    if (severed.length > 0 && this.room) this.#options.roomAgain();
    return severed.map(({ to, posted }) => ({ place: to, posted }));
  }

  /** Sends all that waits. */
  flush(): void {
    this.#scheduled = false;
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const outlet of dirty) this.#flush(outlet);
  }

  #outlet(to: PlaceId): Outlet {
    let outlet = this.#outlets.get(to);
    if (outlet === undefined) {
      outlet = { to, frames: [], letters: 0, bytes: 0, sent: 0, credited: 0, posted: 0 };
      this.#outlets.set(to, outlet);
    }
    return outlet;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  #flush(outlet: Outlet): void {
    if (outlet.frames.length === 0) return;
    const { frames, letters } = outlet;
    outlet.frames = [];
    outlet.letters = 0;
    outlet.bytes = 0;
    outlet.posted += letters;
    this.#post(outlet.to, frames, letters);
  }

  /** In one packet, or in as many as it takes. */
  #post(to: PlaceId, frames: readonly Frame[], letters: number): void {
    const packet = seal(this.#options.place, to, frames, letters);
    if (packet.bytes.byteLength > this.#options.maxBytes && frames.length > 1) {
      const first = frames.slice(0, frames.length >> 1);
      const before = first.reduce((sum, frame) => sum + lettersIn(frame), 0);
      this.#post(to, first, before);
      this.#post(to, frames.slice(first.length), letters - before);
      return;
    }
    this.#options.count("posted", letters);
    this.#options.count("bytesOut", packet.bytes.byteLength);
    this.#options.transmit(packet);
  }
}

function lettersIn(frame: Frame): number {
  if (!Array.isArray(frame)) return frame.type === "commit" ? frame.actors.reduce((sum, { letters }) => sum + letters, 0) : 0;
  if (frame[0] === FrameKind.bounced) return frame[1][0] === FrameKind.letter ? 1 : 0;
  return frame[0] === FrameKind.letter ? 1 : 0;
}
