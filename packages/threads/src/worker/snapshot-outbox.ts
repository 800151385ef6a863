import { type ActorSnapshot, encode, type HandoffFrame, type PlaceId, TurnBatch, tooLarge } from "@process-hub/protocol";
import { envelopeFrame } from "../mail/index.js";
import type { Departure } from "./departure.js";
import { groupedBy } from "./grouped-by.js";
import { snapshotBytes } from "./snapshot-bytes.js";
import { splitByBytes } from "./split-by-bytes.js";
import type { ThreadContext } from "./thread-context.js";

/** One actor that has been packed. */
interface Packed {
  readonly departure: Departure;
  readonly snapshot: ActorSnapshot;
  readonly bytes: number;
}

/** The ports of a snapshot outbox. */
interface SnapshotOutboxPorts extends Pick<ThreadContext, "place" | "clock" | "settings"> {
  readonly send: (to: PlaceId, frame: Extract<HandoffFrame, { type: "transfer" }>, bytes: number) => void;
}

/** Snapshots go together up to this; a larger one goes alone. */
const transferBytes = 128 * 1024;

/**
 * Makes the snapshots of actors that leave, and sends those of one turn and batch together.
 * Without it each actor of a move would be a packet of its own, and one too large to arrive would leave all the same.
 */
export class SnapshotOutbox {
  readonly #ports: SnapshotOutboxPorts;
  readonly #packed = new TurnBatch<Packed>((packed) => this.#sendAll(packed));

  constructor(ports: SnapshotOutboxPorts) {
    this.#ports = ports;
  }

  /** All that travels with the actor, `state` as packed. Throws when that is too large: it could never arrive. */
  pack(departure: Departure, state: Uint8Array): Packed {
    const { cell, epoch, sealedAtMs, unsent } = departure;
    const { place, clock, settings } = this.#ports;
    const { life, handled } = cell;
    const nowMs = clock.now();
    const mailbox = [...cell.mailbox].map((envelope) => envelopeFrame(envelope, place, nowMs, envelope.sentEpoch));
    const timers = cell.frozenTimers.map((timer) => ({ ...timer }));
    const owed = cell.owedLeft();
    const ties = cell.ties?.wire();
    const snapshot: ActorSnapshot = {
      ...{ spec: cell.spec, epoch, state, mailbox, timers, life, handled, sealedAtMs },
      ...(owed === undefined ? {} : { owed }),
      ...(ties === undefined ? {} : { ties }),
      ...(unsent.length === 0 ? {} : { unsent: unsent.map((envelope) => envelopeFrame(envelope, place, nowMs)) }),
    };
    const { messageBytes } = settings;
    const bytes = snapshotBytes(snapshot) + (messageBytes === undefined ? 0 : encode(cell.spec).byteLength);
    if (messageBytes !== undefined && bytes > messageBytes)
      throw new Error(tooLarge("its state, with its mailbox and timers,", bytes, messageBytes));
    departure.envelopes = mailbox.length;
    departure.ties = ties;
    return { departure, snapshot, bytes };
  }

  /** Sends a snapshot at the end of this turn. */
  push(packed: Packed): void {
    this.#packed.add(packed);
  }

  #sendAll(packed: readonly Packed[]): void {
    for (const batch of groupedBy(packed, ({ departure }) => departure.saga)) {
      const { saga, to } = batch[0].departure;
      for (const { items, bytes } of splitByBytes(batch, (each) => each.bytes, transferBytes))
        this.#ports.send(to, { type: "transfer", saga, snapshots: items.map(({ snapshot }) => snapshot) }, bytes);
    }
  }
}
