import { type Refusal, refusal } from "@process-hub/protocol";
import type { CellHost } from "./cell-host.js";
import type { Letter, Mail } from "./letter.js";
import { Queue } from "./queue.js";

/**
 * Where an actor's mail waits: letters in order, what a move keeps aside, and the bound on both. Every letter that leaves without
 * a handler leaves by `refuse`, so that its sender learns why; the credit a letter owes goes back once.
 */
export class Mailbox {
  readonly #host: CellHost;
  readonly #letters = new Queue<Letter>();
  #aside: Mail[] = [];
  #waitsForRoom = 0;

  constructor(host: CellHost) {
    this.#host = host;
  }

  /** How many letters can be handled. */
  get size(): number {
    return this.#letters.size;
  }

  /** How much waits, what is kept aside included. */
  get waiting(): number {
    return this.#letters.size + this.#aside.length;
  }

  get letters(): Iterable<Letter> {
    return this.#letters;
  }

  /** False when it is full: then the letter has been refused. */
  put(letter: Letter): boolean {
    if (this.#overflows(letter)) return false;
    this.#letters.push(letter);
    if (this.#waitsForRoom > 0) this.#host.taken(letter);
    return true;
  }

  /** Keeps mail that is to be looked at, or passed on, when a move has come to its end. */
  putAside(mail: Mail): void {
    if (mail.kind === "marker" || !this.#overflows(mail)) this.#aside.push(mail);
  }

  /** Takes over letters of a parcel, whose bound was another's. */
  load(letters: readonly Letter[]): void {
    for (const letter of letters) this.#letters.push(letter);
  }

  next(): Letter | undefined {
    const letter = this.#letters.shift();
    if (letter !== undefined) this.#host.taken(letter);
    return letter;
  }

  drain(): Letter[] {
    return this.#letters.drain();
  }

  drainAside(): Mail[] {
    const aside = this.#aside;
    this.#aside = [];
    return aside;
  }

  /** While its actor waits, it owes no credit: two actors that wait for room at each other would never go on. */
  async waitForRoom(): Promise<void> {
    this.#waitsForRoom++;
    for (const letter of this.#letters) this.#host.taken(letter);
    try {
      await this.#host.ready();
    } finally {
      this.#waitsForRoom--;
    }
  }

  /** Turns mail away that waited here, or came too late to: markers are answered, letters refused. */
  turnAway(mail: Mail, why: Refusal): void {
    if (mail.kind === "marker") {
      this.#host.flushed(mail);
      return;
    }
    this.#host.taken(mail);
    this.refuse(mail, why);
  }

  /** The end of a letter that no handler has seen, or ended with: the asker is told why, a tell becomes a dead letter. */
  refuse(letter: Letter, why: Refusal): void {
    if (letter.ask === 0) {
      this.#host.deadLetter(letter, why.code, why.message);
      return;
    }
    this.#host.count("refused");
    this.#host.reply(letter, why);
  }

  #overflows(letter: Letter): boolean {
    const { mailbox } = this.#host.limits;
    if (this.waiting < mailbox) return false;
    const text = `the mailbox of actor ${letter.to} holds its limit of ${mailbox}`;
    this.turnAway(letter, refusal("MailboxFull", text, { id: letter.to }));
    return true;
  }
}
