/*
 * Checks promise P7: no mailbox holds more than its limit.
 * Without it a mailbox could grow without bound in some paths and no test would say so.
 */
/** A cell with its mailbox, and where it is. */
interface Placed {
  readonly place: string;
  readonly cell: {
    readonly id: string;
    readonly waiting: number;
    readonly host: { readonly limits: { readonly mailbox: number } };
  };
}

/** So many mailboxes are looked at in one look. */
const cellsPerLook = 1_024;

/** P7: no mailbox holds more than its limit. */
function overfull({ place, cell }: Placed): string[] {
  const { mailbox } = cell.host.limits;
  return cell.waiting > mailbox
    ? [`P7: the mailbox of ${cell.id} at ${place} holds ${cell.waiting}, its limit is ${mailbox}`]
    : [];
}

/** Looks at all mailboxes again and again: at all of them in one look, or, where they are many, at a thousand at a time, in turn. */
export class BoundsWatch {
  readonly #cells: () => Iterator<Placed>;
  #round: Iterator<Placed> | undefined;

  /** `cells` goes through all that are there, and may meet some that come meanwhile. */
  constructor(cells: () => Iterator<Placed>) {
    this.#cells = cells;
  }

  /** The problems that this look finds. */
  look(): string[] {
    const problems: string[] = [];
    this.#round ??= this.#cells();
    for (let left = cellsPerLook; left > 0; left--) {
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        break;
      }
      problems.push(...overfull(next.value));
    }
    return problems;
  }
}
