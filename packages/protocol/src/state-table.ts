/**
 * A state machine as data: what each state means, and what it may become.
 * Without it the states of a thing are spread over every line that sets them, and what the docs say of them is another's memory.
 */

/** One state of a table. */
export interface StateRow<State extends string> {
  /** What is so in this state, in a few words. */
  readonly means: string;
  /** What it may become; nothing: it is the end. */
  readonly next: readonly State[];
  /** What else the docs are to say of it, by the column's name. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

/** All states of one thing, in the order in which the docs list them. */
export type StateTable<State extends string> = Readonly<Record<State, StateRow<State>>>;

/** Whether the table lets one state follow another. */
export function mayBecome<State extends string>(table: StateTable<State>, from: State, to: State): boolean {
  return table[from].next.includes(to);
}

/** The table as Markdown: a row for each state, what it means, its facts, and what it may become. */
export function stateTable<State extends string>(table: StateTable<State>): string {
  const rows = Object.entries<StateRow<State>>(table);
  const facts = [...new Set(rows.flatMap(([, row]) => Object.keys(row.facts ?? {})))];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["state", "what it means", ...facts, "may become"]),
    line(["state", "what it means", ...facts, "may become"].map(() => "---")),
    ...rows.map(([state, { means, next, facts: own }]) =>
      line([
        `\`${state}\``,
        means,
        ...facts.map((name) => own?.[name] ?? ""),
        next.map((each) => `\`${each}\``).join(", ") || "-",
      ]),
    ),
  ].join("\n");
}
