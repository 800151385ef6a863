/**
 * The ports of a mailer: the thread, or the main thread, that it works for. Without them a mailer would have to know in which of the two it is.
 */
import type { Envelope, Mail, Observer } from "@process-hub/actor";
import type {
  ActorId,
  Checks,
  Clock,
  CounterName,
  DeadLetter,
  Epoch,
  EventFrame,
  HandoffFrame,
  Packet,
  PlaceId,
  ReplicaFrame,
  ServiceFrame,
  ThreadSettings,
} from "@process-hub/protocol";
import type { AutoStartsPorts } from "./auto-starts.js";

/** An actor of this place, as the mailer delivers to it. */
export interface Addressee {
  readonly epoch: Epoch;
  take(mail: Mail): void;
  /** True when it has told the place that it is full, and not yet that it has room again. */
  isFullFor(place: PlaceId): boolean;
  /** The asks of this place that its handler in hand waits for, or the one of an ask that is in hand beside it; and whether one of them is this one. */
  openAsks(origin?: PlaceId, ask?: number): readonly number[];
  waitsFor(ask: number): boolean;
  /** Whether an ask waits behind the handler in hand, is in hand itself, or is so beside another. */
  holdsAsk(origin: PlaceId, ask: number): "waits" | "inHand" | "beside" | undefined;
  /** Refuses an ask that waits in it, because it waits for itself. */
  refuseCycle(origin: PlaceId, ask: number, path: readonly ActorId[]): void;
  /** An ask of a place is aborted: see `Cell`. False: it is not here. */
  withdraw(origin: PlaceId, ask: number): boolean;
  /** The reader of a stream, opened by an ask of a place, has room for more items. */
  more(origin: PlaceId, ask: number, items: number): void;
  /** Takes in more than its window, up to the limit of its mailbox. */
  widen(): void;
}

/** The ports of a mailer. */
export interface MailerPorts {
  readonly place: PlaceId;
  readonly clock: Clock;
  /** Default: nothing is looked at. */
  readonly checks?: Checks | undefined;
  readonly settings: ThreadSettings;
  readonly count: (name: CounterName, by: number) => void;
  /** Hands a packet to the link that leads towards `packet.to`. */
  readonly transmit: (packet: Packet) => void;
  /** Asks the registry where actors are; the answer comes to `resolved`. */
  readonly resolve: (ids: readonly ActorId[]) => void;
  /** The actor of this id that is here, whatever its phase. */
  readonly find: (id: ActorId) => Addressee | undefined;
  /** True while the node's serving lease is over: others may have gone on without it. Absent on main threads, which no mail goes to. */
  readonly isFenced?: () => boolean;
  readonly handoff: (frame: HandoffFrame, from: PlaceId) => void;
  /** Absent where no replicas are kept: on main threads. */
  readonly standby?: (frame: ReplicaFrame, from: PlaceId) => void;
  readonly events: (frame: EventFrame, from: PlaceId) => void;
  readonly service: (frame: ServiceFrame, from: PlaceId) => void;
  /**
   * Keeps a message of an actor until it may leave (`send`), or never will (`lose`); false: it leaves at once. Absent: all leave at once.
   */
  readonly hold?: ((envelope: Envelope, send: () => void, lose: () => void) => boolean) | undefined;
  /** Starts the actors of kinds that say how. Absent: nobody does. */
  readonly autoStarts?: AutoStartsPorts | undefined;
  readonly deadLetter: (envelope: DeadLetter) => void;
  readonly badFrame: (peer: PlaceId, error: unknown) => void;
  readonly observer?: Observer | undefined;
  /** Messages had left for a place that went down. */
  readonly postedToDead: (place: PlaceId, posted: number) => void;
}
