/**
 * The handlers of concurrent messages that a cell has in hand, beside the one that it runs in its turn.
 * Without it a question that takes a millisecond would wait for as long as the handler before it waits for others.
 */
import { type AbortCode, AbortReason, type Clock, type PlaceId, type Timer, Waiters } from "@process-hub/protocol";
import type { Caller } from "./caller.js";
import { CellContext } from "./cell-context.js";
import type { CellCore, HandlersBeside } from "./cell-core.js";
import type { Envelope } from "./envelope.js";
import { OpenAsks } from "./open-asks.js";
import type { StreamPump } from "./stream-pump.js";

/** A handler of a concurrent message, with a `ctx` and asks of its own. */
export class ConcurrentHandler implements Caller {
  readonly context: CellContext;
  readonly envelope: Envelope;
  readonly sinceMs: number;
  stuckReported = false;
  /** What draws its items, when it is a stream. */
  pump: StreamPump | undefined;
  readonly #cell: CellCore;
  #expiry: Timer | undefined;
  readonly #openAsks: OpenAsks;
  #isOver = false;

  /** It may change the state while it is in hand. */
  readonly mutates: boolean;

  constructor(cell: CellCore, envelope: Envelope, mutates: boolean) {
    this.mutates = mutates;
    this.#cell = cell;
    this.envelope = envelope;
    this.sinceMs = cell.host.now();
    this.#openAsks = new OpenAsks((ask) => cell.host.isPending(ask));
    this.context = new CellContext(cell, this);
  }

  /** Absent once it has ended: what its code still sends begins anew. */
  get inHand(): Envelope | undefined {
    return this.#isOver ? undefined : this.envelope;
  }

  noteAsk(ask: number): void {
    if (!this.#isOver) this.#openAsks.add(ask);
  }

  /** The asks that it waits for. */
  openAsks(): readonly number[] {
    return this.#openAsks.open();
  }

  /** It is a stream, which may not outlast its ask. */
  draws(pump: StreamPump): void {
    this.pump = pump;
    const { expiresAtMs } = this.envelope;
    const { clock } = this.#cell.host;
    if (expiresAtMs === 0) return;
    const leftMs = Math.max(0, expiresAtMs - clock.now());
    this.#expiry = clock.setTimeout(() => this.giveUp("Expired", "the time of the stream is over"), leftMs);
  }

  /** Tells it to come to an end. */
  giveUp(code: AbortCode, why: string): void {
    this.context.giveUp(code, why);
    this.pump?.cut(why);
  }

  /** It has ended. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#expiry?.cancel();
    if (this.pump !== undefined) this.#cell.host.streaming(this.#cell, this.envelope, false);
    this.#openAsks.clear();
    this.context.lifeEnded("its handler has ended");
  }
}

/** Those of one cell. */
export class ConcurrentHandlers implements HandlersBeside {
  readonly #inHand = new Set<ConcurrentHandler>();
  readonly #asked = new Map<string, ConcurrentHandler>();
  readonly #none = new Waiters();

  get any(): boolean {
    return this.#inHand.size > 0;
  }

  get count(): number {
    return this.#inHand.size;
  }

  /** True while one of them may change the state. */
  get mutates(): boolean {
    for (const each of this.#inHand) if (each.mutates) return true;
    return false;
  }

  /** The one whose message is an ask of an origin. */
  of(origin: PlaceId, ask: number): ConcurrentHandler | undefined {
    return this.#asked.get(keyOf(origin, ask));
  }

  begun(handler: ConcurrentHandler): void {
    this.#inHand.add(handler);
    const { origin, ask } = handler.envelope;
    if (ask !== 0) this.#asked.set(keyOf(origin, ask), handler);
  }

  /** False for one that counts no more. */
  ended(handler: ConcurrentHandler): boolean {
    if (!this.#inHand.delete(handler)) return false;
    this.#asked.delete(keyOf(handler.envelope.origin, handler.envelope.ask));
    handler.over();
    if (!this.any) this.#none.release();
    return true;
  }

  /** Tells all of them to come to an end. */
  abort(code: AbortCode, why: string): void {
    for (const each of this.#inHand) each.giveUp(code, why);
  }

  endStreams(code: AbortCode, why: string): void {
    for (const each of this.#inHand) if (each.pump !== undefined) each.giveUp(code, why);
  }

  cutStreams(why: string): Envelope[] {
    const cut = [...this.#inHand].filter(({ pump }) => pump !== undefined);
    for (const each of cut) {
      each.context.lifeEnded(why);
      this.ended(each);
    }
    return cut.map(({ envelope }) => envelope);
  }

  /** What becomes of them counts no more: returns their messages. `why`: their code may do nothing more through its `ctx`. */
  cutOff(why: string): Envelope[] {
    const cut = [...this.#inHand];
    this.#inHand.clear();
    this.#asked.clear();
    for (const handler of cut) {
      handler.context.lifeEnded(why);
      handler.pump?.cut(why);
      handler.over();
    }
    this.#none.release();
    return cut.map(({ envelope }) => envelope);
  }

  /** Resolves true when none is in hand, false at the deadline. */
  noneWithin(clock: Clock, deadlineMs: number): Promise<boolean> {
    return this.any ? this.#none.waitWithin(clock, deadlineMs) : Promise.resolve(true);
  }

  /** One that has been in hand for so long, and was not yet reported. */
  stuck(nowMs: number, afterMs: number): ConcurrentHandler | undefined {
    for (const each of this.#inHand) {
      // A stream may last.
      if (each.pump !== undefined || each.stuckReported || nowMs - each.sinceMs < afterMs) continue;
      each.stuckReported = true;
      return each;
    }
    return undefined;
  }
}

function keyOf(origin: PlaceId, ask: number): string {
  return `${ask} ${origin}`;
}

/** The asker of a concurrent message has aborted it: its handler is to end, with all it asked. */
export function withdrawHandler(cell: CellCore, handler: ConcurrentHandler): void {
  handler.giveUp("Aborted", "the asker has aborted its ask");
  const open = handler.openAsks();
  if (open.length === 0) return;
  cell.host.abortAsks(open, new AbortReason("Aborted", `the asker of ${handler.envelope.name} has aborted its ask`));
}
