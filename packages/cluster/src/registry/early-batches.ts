/*
 * A change may arrive before earlier changes of its author, or before its author is a member here: it waits here, in bounds.
 * Without it every change that arrives out of order would cost a repair.
 */
import type { ChangeBatch, NodeName } from "@process-hub/protocol";

/** How many batches are kept for one author, and for how many authors. A batch above these bounds is dropped and repaired later. */
const maxBatches = 64;
const maxAuthors = 256;

/** Batches of changes that cannot be applied yet, by author. */
export class EarlyBatches {
  readonly #byAuthor = new Map<NodeName, ChangeBatch[]>();

  keep(batch: ChangeBatch): void {
    const kept = this.#byAuthor.get(batch.author) ?? [];
    if (kept.length >= maxBatches || (kept.length === 0 && this.#byAuthor.size >= maxAuthors)) return;
    kept.push(batch);
    this.#byAuthor.set(batch.author, kept);
  }

  /** Takes out all batches of an author's incarnation, in order. Batches of its other incarnations are dropped. */
  take(author: NodeName, incarnation: string): ChangeBatch[] {
    const kept = this.#byAuthor.get(author) ?? [];
    this.#byAuthor.delete(author);
    return kept.filter((batch) => batch.incarnation === incarnation).sort((a, b) => a.first - b.first);
  }

  forget(author: NodeName): void {
    this.#byAuthor.delete(author);
  }
}
