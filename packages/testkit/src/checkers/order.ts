import type { HistoryEvent, Message } from "../history.js";

/**
 * P3 and half of P2: what one sender told one actor is handled in the order sent, each at most once. The handled ones are a
 * subsequence of the sent ones; two messages that say the same cannot be told apart, by us or by the actor.
 */
export function checkOrder(history: readonly HistoryEvent[]): string[] {
  const sent = new Map<string, string[]>();
  const next = new Map<string, number>();
  const problems: string[] = [];
  for (const event of history) {
    if (event.kind === "made") push(sent, way(event.message), said(event.message));
    if (event.kind !== "handling") continue;
    const key = way(event.message);
    const from = next.get(key) ?? 0;
    const index = sent.get(key)?.indexOf(said(event.message), from) ?? -1;
    if (index === -1) {
      const once = sent.get(key)?.includes(said(event.message)) === true;
      problems.push(`P${once ? 3 : 2}: ${event.message.to} handles ${said(event.message)} of ${event.message.from} ${once ? "out of order, or twice" : "that was never sent"}`);
    } else next.set(key, index + 1);
  }
  return problems;
}

function way({ from, to }: Message): string {
  return `${from} > ${to}`;
}

function said({ name, input }: Message): string {
  return `${name} ${JSON.stringify(input) ?? ""}`;
}

function push(lists: Map<string, string[]>, key: string, item: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
