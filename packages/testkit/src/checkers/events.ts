/*
 * Judges what one subscriber heard of one event: in order, each once, and every gap told.
 * Without it a test would compare lists, and could not say what is wrong with a long one.
 */

/** What a subscriber heard, in the order it did: an event by its number, or that some are missing up to one. */
export type HeardEvent = { readonly seq: number; readonly payload: unknown } | { readonly resync: string; readonly seq: number };

/** Writes down what a subscription on a main thread hears. */
export class EventLog {
  readonly heard: HeardEvent[] = [];
  readonly ends: string[] = [];

  /** The handler of the subscription, and its options. */
  readonly handler = (payload: unknown, { seq }: { readonly seq: number }): void => void this.heard.push({ seq, payload });
  readonly options = {
    resync: ({ reason, seq }: { readonly reason: string; readonly seq: number }): void =>
      void this.heard.push({ resync: reason, seq }),
    ended: ({ reason }: { readonly reason: string }): void => void this.ends.push(reason),
  };

  /** The payloads, in order. */
  get payloads(): unknown[] {
    return this.heard.flatMap((each) => ("payload" in each ? [each.payload] : []));
  }

  get gaps(): string[] {
    return this.heard.flatMap((each) => ("resync" in each ? [each.resync] : []));
  }
}

/**
 * What is wrong with what a subscriber heard; undefined: nothing. The first one may have any number; the next is 1 above, unless a gap was told,
 * which says which number comes before the next.
 */
export function eventProblem(heard: readonly HeardEvent[]): string | undefined {
  let last: number | undefined;
  let highest = -1;
  for (const [at, each] of heard.entries()) {
    if ("resync" in each) {
      if (each.seq < highest) return `entry ${at}: a gap up to ${each.seq}, after number ${highest}`;
      last = each.seq;
      continue;
    }
    if (each.seq <= highest) return `entry ${at}: number ${each.seq} after ${highest}`;
    if (last !== undefined && each.seq !== last + 1) return `entry ${at}: number ${each.seq} after ${last}, and no gap was told`;
    last = each.seq;
    highest = each.seq;
  }
  return undefined;
}

/**
 * What is wrong with what several subscribers of one event heard, by their names: each by itself, and where two heard one number, it was the
 * same event.
 */
export function eventProblems(logs: Readonly<Record<string, readonly HeardEvent[]>>): string[] {
  const problems: string[] = [];
  const known = new Map<number, { readonly payload: string; readonly by: string }>();
  for (const [by, heard] of Object.entries(logs)) {
    const problem = eventProblem(heard);
    if (problem !== undefined) problems.push(`${by}: ${problem}`);
    for (const each of heard) {
      if ("resync" in each) continue;
      const payload = JSON.stringify(each.payload);
      const other = known.get(each.seq);
      if (other === undefined) known.set(each.seq, { payload, by });
      else if (other.payload !== payload)
        problems.push(`number ${each.seq} was ${other.payload} for ${other.by}, and ${payload} for ${by}`);
    }
  }
  return problems;
}
