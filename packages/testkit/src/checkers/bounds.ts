/*
 * Checks promise P7: no mailbox holds more than its limit.
 * Without it a mailbox could grow without bound in some paths and no test would say so.
 */
/** The mailboxes that the check reads, as a `Simulation` has them. */
export interface Mailboxes {
  cells(): readonly {
    readonly place: string;
    readonly cell: {
      readonly id: string;
      readonly waiting: number;
      readonly host: { readonly limits: { readonly mailbox: number } };
    };
  }[];
}

/** P7: no mailbox holds more than its limit. */
export function checkBounds(sim: Mailboxes): string[] {
  return sim.cells().flatMap(({ place, cell }) => {
    const { mailbox } = cell.host.limits;
    return cell.waiting > mailbox
      ? [`P7: the mailbox of ${cell.id} at ${place} holds ${cell.waiting}, its limit is ${mailbox}`]
      : [];
  });
}
