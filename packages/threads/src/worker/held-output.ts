import type { ActorId } from "@process-hub/protocol";
import type { Followed } from "./replica-streams.js";

/** Something that an actor has sent, and that has not left. */
export interface Output {
  /** The actor it goes to, which is one of the sender's recent recipients when it leaves. Absent: an answer, or a start. */
  readonly to?: ActorId | undefined;
  send(): void;
  /** The actor ended, or lost the state it was sent from, before that was safe, or that state cannot travel: nobody knows whether it was done. */
  lose(): void;
}

/** The ports of held output: the states that are safe. */
interface HeldOutputPorts {
  /** How many messages the actor has handled here. */
  handled(cell: Followed): number;
  /** How many it had handled before the one in hand. */
  before(cell: Followed): number;
  /** The state after how many of them is safe with the actor's standbys. */
  safe(cell: Followed): number;
  /** False when the state after all that it handled cannot come to be safe while a handler is in hand: it could not be taken before that began. */
  canBeSafe(cell: Followed): boolean;
}

interface Held {
  /** It leaves when the state after so many messages is safe. */
  after: number;
  readonly output: Output;
}

/**
 * Keeps what an actor sends until enough of its standbys have the state that it was sent from, in order.
 * Without it an asker could hold a reply to a message of which nothing is left after a crash.
 *
 * What a handler sends leaves with its reply, unless it asks or starts something: its end waits for that, so it leaves as soon as all that
 * was handled *before* is safe, and with it what the handler had sent until then.
 * Source: output commit, in Elnozahy and others, "A Survey of Rollback-Recovery Protocols", 2002.
 */
export class HeldOutput {
  readonly #ports: HeldOutputPorts;
  readonly #held = new Map<object, Held[]>();
  /** What leaves with the whole of what its handler did, however much of that leaves before. */
  readonly #whole = new Map<object, Held[]>();
  readonly #waiting = new Map<object, (() => void)[]>();

  constructor(ports: HeldOutputPorts) {
    this.#ports = ports;
  }

  /**
   * Sends it now if all it depends on is safe, and keeps it if not: then true. `awaited`: the handler in hand may wait for what comes of it. It
   * would wait for ever for a state that cannot travel, so such output is lost at once.
   */
  hold(cell: Followed, output: Output, awaited: boolean): boolean {
    if (!cell.watched) return false;
    const { safe, canBeSafe } = this.#ports;
    const before = this.#ports.before(cell);
    const held = this.#held.get(cell);
    const after = awaited ? before : this.#after(cell);
    if (held === undefined && after <= safe(cell)) return false;
    if (awaited && before > safe(cell) && !canBeSafe(cell)) {
      output.lose();
      return true;
    }
    const all = held ?? [];
    if (awaited) for (const each of all) each.after = Math.min(each.after, before);
    all.push({ after, output });
    this.#held.set(cell, all);
    if (awaited) this.safeUntil(cell, safe(cell));
    return true;
  }

  /**
   * Sends it when the state that its handler ends with is safe, and not before, though the handler may wait for others meanwhile. Keeps it, and
   * says so, if it is not yet.
   */
  holdWhole(cell: Followed, output: Output): boolean {
    if (!cell.watched) return false;
    const { safe } = this.#ports;
    const after = this.#after(cell);
    const held = this.#whole.get(cell);
    if (held === undefined && after <= safe(cell)) return false;
    if (held === undefined) this.#whole.set(cell, [{ after, output }]);
    else held.push({ after, output });
    return true;
  }

  /** The state that has all of what is in hand. */
  #after(cell: Followed): number {
    const handled = this.#ports.handled(cell);
    return cell.inHand === undefined ? handled : handled + 1;
  }

  /** Enough standbys have the state after so many messages. */
  safeUntil(cell: Followed, safe: number): void {
    this.#safeWhole(cell, safe);
    const held = this.#held.get(cell);
    if (held === undefined) return;
    // What comes to be held meanwhile waits behind what leaves.
    for (let first = held[0]; first !== undefined && first.after <= safe; first = held[0]) {
      held.shift();
      if (first.output.to !== undefined) cell.noteRecipient(first.output.to);
      first.output.send();
    }
    if (held.length > 0) return;
    this.#held.delete(cell);
    if (!this.#whole.has(cell)) this.#clear(cell);
  }

  #safeWhole(cell: Followed, safe: number): void {
    const whole = this.#whole.get(cell);
    if (whole === undefined) return;
    for (let [first] = whole; first !== undefined && first.after <= safe; [first] = whole) {
      whole.shift();
      first.output.send();
    }
    if (whole.length > 0) return;
    this.#whole.delete(cell);
    if (!this.#held.has(cell)) this.#clear(cell);
  }

  /** The actor is over, and its last state is safe, or not. */
  ended(cell: Followed, isSafe: boolean): void {
    if (isSafe) this.safeUntil(cell, Number.POSITIVE_INFINITY);
    const held = this.#held.get(cell) ?? [];
    const whole = this.#whole.get(cell) ?? [];
    this.#held.delete(cell);
    this.#whole.delete(cell);
    for (const { output } of [...held, ...whole]) output.lose();
    this.#clear(cell);
  }

  /** True while something of the actor is held. */
  holds(cell: object): boolean {
    return this.#held.has(cell) || this.#whole.has(cell);
  }

  /** Resolves when nothing of the actor is held; undefined: nothing is. */
  cleared(cell: object): Promise<void> | undefined {
    if (!this.holds(cell)) return undefined;
    return new Promise((resolve) => this.#waiting.set(cell, [...(this.#waiting.get(cell) ?? []), resolve]));
  }

  #clear(cell: object): void {
    const waiting = this.#waiting.get(cell);
    this.#waiting.delete(cell);
    for (const resolve of waiting ?? []) resolve();
  }
}
