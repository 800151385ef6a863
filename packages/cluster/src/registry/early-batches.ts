import type { ChangeBatch, NodeName } from "@process-hub/protocol";

/** Batches kept for one author, and authors they are kept of; what is above is repaired instead. */
const maxBatches = 64;
const maxAuthors = 256;

/** Changes that came before others of their author, or before the author itself was a member: kept for a while, in bounds. */
export class EarlyBatches {
  readonly #byAuthor = new Map<NodeName, ChangeBatch[]>();

  keep(batch: ChangeBatch): void {
    const kept = this.#byAuthor.get(batch.author) ?? [];
    if (kept.length >= maxBatches || (kept.length === 0 && this.#byAuthor.size >= maxAuthors)) return;
    kept.push(batch);
    this.#byAuthor.set(batch.author, kept);
  }

  /** All that is kept of an author's incarnation, in its order; what was kept of others of its incarnations is dropped. */
  take(author: NodeName, incarnation: string): ChangeBatch[] {
    const kept = this.#byAuthor.get(author) ?? [];
    this.#byAuthor.delete(author);
    return kept.filter((batch) => batch.incarnation === incarnation).sort((a, b) => a.first - b.first);
  }

  forget(author: NodeName): void {
    this.#byAuthor.delete(author);
  }
}
