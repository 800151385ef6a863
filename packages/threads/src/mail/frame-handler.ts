import type { Envelope } from "@process-hub/actor";
import {
  type ActorId,
  type Checks,
  type Clock,
  type CounterName,
  type EventFrame,
  type Frame,
  FrameKind,
  type HandoffFrame,
  open,
  openOwn,
  type Packet,
  type PlaceId,
  payloadFrom,
  type ReplicaFrame,
  type RoomFrame,
  type ServiceFrame,
} from "@process-hub/protocol";
import type { Answers } from "./answers.js";
import type { AskCycles } from "./ask-cycles.js";
import type { Asks } from "./asks.js";
import type { Delivery } from "./delivery.js";
import { envelopeFrom, mailFrom } from "./envelope-frames.js";
import type { Fates } from "./fates.js";
import type { FullActors } from "./full-actors.js";
import type { Addressee } from "./mailer-ports.js";
import type { Outboxes } from "./outboxes.js";
import type { RoomWaits } from "./room-waits.js";
import type { Routes } from "./routes.js";
import type { StalePaths } from "./stale-paths.js";
import type { StreamReaders } from "./stream-readers.js";

/** The ports of the frame handler. */
export interface FrameHandlerPorts {
  readonly place: PlaceId;
  /** How the places of this node begin, `node@incarnation/`: only they send service frames, and their packets are not checked. */
  readonly own: string;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly count: (name: CounterName, by: number) => void;
  readonly badFrame: (peer: PlaceId, error: unknown) => void;
  readonly delivery: Pick<Delivery, "deliver" | "withdraw">;
  readonly answers: Pick<Answers, "reply" | "markerMet" | "bounced">;
  readonly routes: Pick<Routes, "moved" | "leadsTo">;
  readonly outboxes: Pick<Outboxes, "credited">;
  readonly asks: Pick<Asks, "isAt" | "wentOn" | "accepts">;
  readonly streams: Pick<StreamReaders, "take">;
  readonly stalePaths: Pick<StalePaths, "note" | "isLate">;
  readonly fates: Pick<Fates, "taken" | "overtaken">;
  readonly find: (id: ActorId) => Pick<Addressee, "widen" | "more"> | undefined;
  readonly full: Pick<FullActors, "add" | "delete">;
  readonly roomWaits: Pick<RoomWaits, "asked" | "look">;
  readonly askCycles: Pick<AskCycles, "asked">;
  readonly handoff: (frame: HandoffFrame, from: PlaceId) => void;
  /** Absent where no replicas are kept: on main threads. */
  readonly standby?: ((frame: ReplicaFrame, from: PlaceId) => void) | undefined;
  readonly events: (frame: EventFrame, from: PlaceId) => void;
  readonly service: (frame: ServiceFrame, from: PlaceId) => void;
}

/**
 * Takes what comes over a link, frame by frame, to the part that acts on it.
 * Without its check of what another node sends, every part would have to check its own frames.
 */
export class FrameHandler {
  readonly #ports: FrameHandlerPorts;
  /** When the packet in hand came: its messages have their time from then on. Unknown until one needs it, and between packets. */
  #cameAtMs: number | undefined;

  constructor(ports: FrameHandlerPorts) {
    this.#ports = ports;
  }

  /** Opens a packet and acts on its frames in order. A frame that does not fit drops the packet, is counted and reported. */
  receive(packet: Packet): void {
    const { own, count } = this.#ports;
    let frames: Frame[];
    try {
      frames = packet.from.startsWith(own) ? openOwn(packet) : open(packet);
    } catch (error) {
      this.#bad(packet.from, error);
      return;
    }
    count("received", packet.envelopes);
    count("bytesIn", packet.bytes.byteLength);
    this.#cameAtMs = undefined;
    for (const frame of frames) this.take(frame, packet.from);
    this.#cameAtMs = undefined;
  }

  #atMs(): number {
    this.#cameAtMs ??= this.#ports.clock.now();
    return this.#cameAtMs;
  }

  /** Acts on one frame. */
  take(frame: Frame, from: PlaceId): void {
    if (!Array.isArray(frame)) {
      this.#object(frame, from);
      return;
    }
    const { place, own, clock, delivery, answers, routes, outboxes, asks, stalePaths } = this.#ports;
    switch (frame[0]) {
      case FrameKind.envelope:
        this.#envelope(envelopeFrom(frame, from, frame[8] === 0 ? 0 : this.#atMs()));
        break;
      case FrameKind.reply:
        answers.reply(frame[1], frame[2], frame[3]);
        break;
      case FrameKind.value:
        answers.reply(frame[1], frame[2], payloadFrom(frame[3]));
        break;
      case FrameKind.marker:
        delivery.deliver(mailFrom(frame, from, 0));
        break;
      case FrameKind.markerMet:
        answers.markerMet(frame[1], frame[2]);
        break;
      case FrameKind.moved:
        // Of others' actors nobody can say where they went.
        if (from.startsWith(own) || routes.leadsTo(frame[1], from)) routes.moved(frame[1], frame[2], frame[3]);
        break;
      case FrameKind.bounced: {
        const mail = mailFrom(frame[1], place, clock.now());
        if (mail.kind === "envelope") mail.via = null;
        answers.bounced(mail, frame[2] ?? undefined, frame[3], frame[4]);
        break;
      }
      case FrameKind.credit:
        outboxes.credited(from, frame[1]);
        break;
      case FrameKind.stalePath:
        stalePaths.note(frame[1], frame[2], from);
        break;
      case FrameKind.askHere:
        asks.isAt(frame[1], frame[3], from, frame[2], frame[4]);
        break;
      case FrameKind.room:
        this.#room(frame, from);
        break;
      case FrameKind.waits:
        this.#ports.roomWaits.asked(frame, from);
        break;
      case FrameKind.widen:
        this.#ports.find(frame[1])?.widen();
        break;
      case FrameKind.withdraw:
        delivery.withdraw(frame[1], frame[2], frame[3], from);
        break;
      case FrameKind.wentOn:
        asks.wentOn(frame[4], frame[1], frame[3], frame[2]);
        break;
      case FrameKind.waitsFor:
        this.#ports.askCycles.asked(frame);
        break;
      case FrameKind.item:
        if (asks.accepts(frame[2], frame[3])) this.#ports.streams.take(frame, from);
        // Nobody reads it any more: its generator would wait for room for ever.
        else asks.wentOn(frame[2], frame[1], from, frame[3]);
        break;
      case FrameKind.more:
        this.#ports.find(frame[1])?.more(from, frame[2], frame[3]);
        break;
      default:
        frame satisfies never;
    }
  }

  #room([, id, hasRoom]: RoomFrame, from: PlaceId): void {
    const { own, routes, full, roomWaits } = this.#ports;
    if (hasRoom) {
      if (full.delete(id, from)) roomWaits.look(id);
    } else if (from.startsWith(own) || routes.leadsTo(id, from)) full.add(id, from);
  }

  #envelope(envelope: Envelope): void {
    const { checks, delivery, stalePaths, fates } = this.#ports;
    if (stalePaths.isLate(envelope)) {
      checks.mark("stalePathRefused");
      fates.taken(envelope);
      fates.overtaken(envelope);
    } else delivery.deliver(envelope);
  }

  #object(frame: HandoffFrame | ReplicaFrame | EventFrame | ServiceFrame, from: PlaceId): void {
    const { own, handoff, standby, events, service } = this.#ports;
    switch (frame.type) {
      case "reserve":
      case "reserved":
      case "transfer":
      case "loaded":
      case "commit":
      case "running":
      case "abort":
        handoff(frame, from);
        break;
      case "follow":
      case "unfollow":
      case "retire":
      case "letGo":
      case "states":
      case "statesTaken":
        standby?.(frame, from);
        break;
      case "listen":
      case "unlisten":
      case "eventsTaken":
      case "events":
      case "unheard":
        events(frame, from);
        break;
      default:
        if (from.startsWith(own)) service(frame, from);
        else this.#bad(from, new Error(`a ${frame.type} frame from another node`));
    }
  }

  #bad(from: PlaceId, error: unknown): void {
    this.#ports.count("badFrames", 1);
    this.#ports.badFrame(from, error);
  }
}
