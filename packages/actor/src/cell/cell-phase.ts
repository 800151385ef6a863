/**
 * Where a cell is in its life, as a table, and the one way from a phase to the next.
 * Without it each file that ends or moves a cell decides for itself what may follow what, and which chores come with it.
 */
import { type Checks, mayBecome, type StateTable } from "@process-hub/protocol";

/** The phases of a cell. */
export type CellPhase = "starting" | "passive" | "loaded" | "running" | "sealed" | "sent" | "stopping" | "ended";

/** The meaning of each phase, and the phases that may follow it. */
export const cellPhases: StateTable<CellPhase> = {
  starting: {
    means: "`init`, `started` and `signal` run; mail joins the mailbox",
    next: ["running", "passive", "loaded", "stopping", "ended"],
  },
  passive: { means: "stands beside an actor that runs elsewhere, and handles nothing", next: ["stopping", "ended"] },
  loaded: { means: "has arrived, and waits for the source's commit; mail is kept aside", next: ["running", "ended"] },
  running: { means: "handles its mailbox, one message at a time", next: ["sealed", "stopping", "ended"] },
  sealed: {
    means: "begins no handler, and settles what it has sent; mail still joins the mailbox, which has yet to leave",
    next: ["sent", "running", "stopping", "ended"],
  },
  sent: { means: "has left; mail is kept aside to follow it", next: ["running", "sealed", "ended"] },
  stopping: { means: "runs its lifecycle's `stopping`, and handles no more", next: ["ended"] },
  ended: { means: "is over; mail is turned away", next: [] },
};

/** The parts of a cell that a change of phase concerns. */
interface Phased {
  readonly id: string;
  phase: CellPhase;
  readonly timers: { clear(): void };
  readonly tasks?: { clear(why: string): void } | undefined;
  readonly ties?: { drop(): void } | undefined;
  readonly idle?: { clear(): void } | undefined;
  readonly host: { readonly checks: Checks };
}

/** Has the cell enter a phase that may follow its own; no timer fires after the last message. Entering the end again changes nothing. */
export function enter(cell: Phased, phase: CellPhase): void {
  const before = cell.phase;
  if (before === "ended" && phase === "ended") return;
  cell.host.checks.invariant(
    mayBecome(cellPhases, before, phase),
    "a cell enters a phase that its table lets follow",
    () => `${cell.id} from ${before} to ${phase}`,
  );
  cell.phase = phase;
  if (phase !== "stopping" && phase !== "ended") return;
  cell.timers.clear();
  cell.tasks?.clear("the actor has ended");
  cell.ties?.drop();
  cell.idle?.clear();
}
