/*
 * Remembers for an hour which lineages of actors have ended.
 * Without it a node that was away could bring back an actor that others have stopped meanwhile.
 */
import {
  type ActorId,
  BoundedMap,
  type Clock,
  type GoneReason,
  lineageOf,
  type RegistryRecord,
  type Tombstone,
} from "@process-hub/protocol";

const limit = 10_000;
const keepMs = 3_600_000;

interface Ended {
  readonly id: ActorId;
  readonly why: GoneReason | undefined;
  /** The lives of the nodes that recorded it: each of them is to tell of it. */
  readonly by: ReadonlySet<string>;
  /** Its place in the order in which this node learned of the ends. */
  readonly number: number;
  readonly learnedAtMs: number;
}

/**
 * The lineages that have ended, each for an hour after this node learned of it, at most the latest 10,000. A life that a node kept or made
 * while it was away must end too, whenever it began. An actor that a user started anew is of another lineage.
 */
export class Tombstones {
  readonly #clock: Pick<Clock, "now">;
  /** By lineage, oldest first. */
  readonly #ended = new BoundedMap<string, Ended>(limit);
  #count = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** How many ends this node has learned of. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds an end; `by`: the life of the node that recorded it. One that another life records again is news once more, and its to tell of as well: a
   * life of the actor had gone on somewhere, and a node that came since may know of that life alone.
   */
  add({ id, lineage, why }: Tombstone, by: string): void {
    const known = this.#ended.get(lineage);
    if (known?.by.has(by) === true) return;
    const learnedAtMs = this.#clock.now();
    this.#ended.set(lineage, { ...(known ?? { id, why }), by: new Set(known?.by).add(by), number: ++this.#count, learnedAtMs });
    for (
      let { oldest } = this.#ended;
      oldest !== undefined && oldest[1].learnedAtMs <= learnedAtMs - keepMs;
      { oldest } = this.#ended
    )
      this.#ended.delete(oldest[0]);
  }

  covers({ life }: Pick<RegistryRecord, "life">): boolean {
    return this.#ended.has(lineageOf(life));
  }

  /** Why a lineage has ended; undefined: it is not known to have. */
  whyOf(lineage: string): GoneReason | undefined {
    const ended = this.#ended.get(lineage);
    return ended && (ended.why ?? "Stop");
  }

  /** True when the end of a record's lineage was recorded by one of these lives. */
  isBy({ life }: Pick<RegistryRecord, "life">, some: (life: string) => boolean): boolean {
    const ended = this.#ended.get(lineageOf(life));
    return ended !== undefined && [...ended.by].some(some);
  }

  /** The ends that this node learned of after the first so many, as recorded by some lives. */
  since(count: number, by: (life: string) => boolean): Tombstone[] {
    const found: Tombstone[] = [];
    for (const [lineage, { id, why, number, by: lives }] of this.#ended)
      if (number > count && [...lives].some(by)) found.push({ id, lineage, ...(why === undefined ? {} : { why }) });
    return found;
  }
}
