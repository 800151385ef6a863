/*
 * The operations on one actor in the order of their returns, with what was pending at each.
 * Without it the search would look for pending operations in the whole history.
 */
import { HubConfigError } from "@process-hub/protocol";
import type { Operation } from "./operation.js";
import type { Kind, Transitions } from "./transitions.js";
import { valueKey } from "./value-key.js";

/** An operation that took place, or may have. */
export interface Entry {
  readonly operation: Operation;
  readonly kind: Kind;
  /** The key of its reply; undefined when nobody saw one. */
  readonly reply: string | undefined;
  /** Its bit while it is pending; another operation may have it later. */
  readonly slot: number;
  /** How many returns came before its invocation. */
  readonly after: number;
}

/** Operations by their returns. Those of unknown outcome never return, and stay pending. */
export class Timeline {
  /** Those that returned, in the order of their returns. */
  readonly returned: readonly Entry[];
  /** Those of unknown outcome, in the order of their invocations. */
  readonly unknown: readonly Entry[];
  readonly slots: number;
  /** For each return: the number of the last return that is pending then. */
  readonly #last: number[] = [];

  constructor(operations: readonly Operation[], transitions: Transitions) {
    const drafts = operations.flatMap((operation) => {
      const kind = operation.outcome.kind === "refused" ? undefined : transitions.kind(operation.message, operation.input);
      return kind === undefined ? [] : [{ operation, kind, endsAt: endOf(operation) }];
    });
    const invocations = drafts.toSorted((a, b) => a.operation.invokedAt - b.operation.invokedAt);
    const returns = drafts.filter(({ endsAt }) => endsAt !== Number.POSITIVE_INFINITY).toSorted((a, b) => a.endsAt - b.endsAt);
    const entries = new Map<(typeof drafts)[number], Entry>();
    const rank = new Map(returns.map((draft, index) => [draft, index]));
    const unknown: Entry[] = [];
    const free: number[] = [];
    let slots = 0;
    let next = 0;
    let last = 0;
    for (const [after, returning] of returns.entries()) {
      for (let draft = invocations[next]; draft && draft.operation.invokedAt <= returning.endsAt; draft = invocations[++next]) {
        const { operation, kind } = draft;
        const { outcome } = operation;
        const reply = outcome.kind === "returned" ? valueKey(outcome.reply) : undefined;
        const entry = { operation, kind, reply, slot: free.pop() ?? slots++, after };
        entries.set(draft, entry);
        const returnsAs = rank.get(draft);
        if (returnsAs === undefined) unknown.push(entry);
        else last = Math.max(last, returnsAs);
      }
      this.#last.push(last);
      free.push((entries.get(returning) as Entry).slot);
    }
    // What was invoked after the last return need not have been done: nobody saw anything of it.
    this.returned = returns.map((draft) => entries.get(draft) as Entry);
    this.unknown = unknown;
    this.slots = slots;
  }

  /** The entries that are pending when the return of this number comes and return themselves, by their returns: it comes first. */
  *pendingAt(number: number): Generator<Entry> {
    const last = this.#last[number] ?? -1;
    for (let index = number; index <= last; index++) {
      const entry = this.returned[index] as Entry;
      if (entry.after <= number) yield entry;
    }
  }

  /** The entries of unknown outcome that have been invoked by then. */
  *unknownAt(number: number): Generator<Entry> {
    for (const entry of this.unknown) {
      if (entry.after > number) return;
      yield entry;
    }
  }
}

function endOf({ message, invokedAt, outcome }: Operation): number {
  const endsAt = outcome.kind === "returned" ? outcome.at : Number.POSITIVE_INFINITY;
  if (endsAt >= invokedAt && Number.isFinite(invokedAt)) return endsAt;
  const given = `from ${invokedAt} to ${endsAt}`;
  const allowed = "takes operations that end after their invocation";
  throw new HubConfigError(`checkLinearizable: ${message}: ${allowed}; given: ${given}`, { path: message, given, allowed });
}
