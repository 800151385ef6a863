/** What the check reads: a `Simulation` has it. */
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
