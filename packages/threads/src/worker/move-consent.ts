import type { Cell, PlannedMove } from "@process-hub/actor";
import { type MoveOrder, nodeOf } from "@process-hub/protocol";
import type { ThreadContext } from "./thread-context.js";

/** An actor, as far as it is asked. */
type Asked = Pick<Cell, "id" | "asksToMove" | "consent">;

interface Deferral {
  readonly sinceMs: number;
  /** When it is to be asked again. */
  readonly dueMs: number;
}

/**
 * Asks actors whether their moves suit them, and keeps how long each has put off its move: after `maxDeferMs` it moves unasked.
 * Without it an actor that says "later" each time would keep its node from ever being empty.
 */
export class MoveConsent {
  readonly #context: Pick<ThreadContext, "clock" | "settings" | "tellMain">;
  readonly #deferrals = new WeakMap<object, Deferral>();

  constructor(context: Pick<ThreadContext, "clock" | "settings" | "tellMain">) {
    this.#context = context;
  }

  /** For how long the move is put off; 0: it may begin. */
  ask(cell: Asked, { why, maxDeferMs = 0, to, sealMs }: MoveOrder): number | Promise<number> {
    if (why === undefined || !cell.asksToMove) return 0;
    const { clock, settings } = this.#context;
    const nowMs = clock.now();
    const last = this.#deferrals.get(cell);
    // Nobody came back to ask: that move is forgotten.
    const open = last !== undefined && nowMs <= last.dueMs + settings.handoffTimeoutMs * 2 ? last : undefined;
    const sinceMs = open?.sinceMs ?? nowMs;
    const leftMs = sinceMs + maxDeferMs - nowMs;
    if (leftMs <= 0) return open === undefined ? 0 : this.#forced(cell, to, why, open);
    if (open !== undefined && nowMs < open.dueMs) return Math.min(open.dueMs - nowMs, leftMs);
    const move: PlannedMove = { to: nodeOf(to), why };
    const patienceMs = Math.min(settings.handoffTimeoutMs, sealMs ?? settings.handoffTimeoutMs) / 2;
    const said = (answerMs: number): number => {
      const deferMs = Math.min(answerMs, leftMs);
      if (deferMs > 0) {
        this.#deferrals.set(cell, { sinceMs, dueMs: nowMs + deferMs });
        this.#context.tellMain({ type: "moveDeferred", id: cell.id, ...move, deferMs, forMs: nowMs - sinceMs, forced: false });
      } else this.#deferrals.delete(cell);
      return deferMs;
    };
    const answer = cell.consent(move, patienceMs);
    return typeof answer === "number" ? said(answer) : answer.then(said);
  }

  #forced(cell: Asked, to: string, why: PlannedMove["why"], { sinceMs }: Deferral): number {
    this.#deferrals.delete(cell);
    const forMs = this.#context.clock.now() - sinceMs;
    this.#context.tellMain({ type: "moveDeferred", id: cell.id, to: nodeOf(to), why, deferMs: 0, forMs, forced: true });
    return 0;
  }
}
