import type { Cell, Envelope } from "@process-hub/actor";
import type { Clock, Epoch, MoveOrder, PlaceId, Ties } from "@process-hub/protocol";

/** An actor, as far as a move out needs it. */
export type Leaver = Pick<
  Cell,
  | "id"
  | "spec"
  | "life"
  | "handled"
  | "phase"
  | "isEnding"
  | "stopReason"
  | "epoch"
  | "usedEpoch"
  | "inHand"
  | "mailbox"
  | "envelopes"
  | "frozenTimers"
  | "owedLeft"
  | "ties"
  | "watched"
  | "recentRecipients"
  | "reserveEpoch"
  | "seal"
  | "unseal"
  | "pack"
  | "unpack"
  | "depart"
  | "asksToMove"
  | "consent"
>;

/** The facts a departure begins with. */
interface DepartureTerms {
  readonly cell: Leaver;
  /** The epoch it will have at the target. */
  readonly epoch: Epoch;
  readonly saga: string;
  readonly order: MoveOrder;
}

/**
 * One actor on its way out, and the one answer that its present step waits for.
 * Without it an answer that comes late would be taken for the answer to a later step.
 */
export class Departure {
  readonly cell: Leaver;
  readonly epoch: Epoch;
  readonly to: PlaceId;
  readonly saga: string;
  readonly order: MoveOrder;
  /** The version of its state at the target, where that is an older one. */
  get version(): number | undefined {
    return this.order.older?.find(([kind]) => kind === this.cell.spec.actor)?.[1];
  }

  /** When its handlers were asked to stop; 0: not yet. */
  sealedAtMs = 0;
  /** Its actor is to end. */
  recalled = false;
  /** Its messages to actors that have no place just now: they go along. */
  unsent: readonly Envelope[] = [];
  /** How many messages of its mailbox its snapshot took along; undefined: it is not packed. */
  envelopes: number | undefined;
  /** What ties it to others, as it travels; undefined: nothing does, or it is not packed. */
  ties: Ties | undefined;
  /** Its state as it travels; undefined: it is not packed. */
  state: Uint8Array | undefined;
  /** The source has committed: the target may run it. */
  committed = false;
  /** Settles the step that waits for the target: with nothing when it went well, with the error when not. */
  answer: ((error?: Error) => void) | undefined;
  /** Resolves when it is not on its way any more, however that ended. */
  readonly concluded: Promise<void>;
  #conclude = (): void => {};

  constructor({ cell, epoch, saga, order }: DepartureTerms) {
    this.cell = cell;
    this.epoch = epoch;
    this.to = order.to;
    this.saga = saga;
    this.order = order;
    this.concluded = new Promise((resolve) => {
      this.#conclude = resolve;
    });
  }

  /** Its way ended. */
  conclude(): void {
    this.#conclude();
  }

  /** Begins something that ends with `done` or the departure's answer; rejects with that, or when `withinMs` have passed. */
  answered(clock: Clock, withinMs: number, begin: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => this.answer?.(new Error(`no answer within ${withinMs} ms`)), withinMs);
      const answer = (error?: Error): void => {
        timer.cancel();
        this.answer = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.answer = answer;
      begin(() => answer());
    });
  }
}
