/*
 * The child's side of the calls between a test and the processes of its cluster.
 * Without it a process that is orphaned by its test would run on.
 */
/** The calls that a process answers, each once. */
export type Calls<C> = { [K in keyof C]: (...args: never[]) => Promise<unknown> };

/** How a call ended. */
export interface Answer {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

interface Call {
  readonly call: number;
  readonly name: string;
  readonly args: never[];
}

/** Answers the calls of this process's parent. When the parent is gone, a `busy` process exits; another one ends when nothing is left running. */
export function answerCalls<C extends Calls<C>>(calls: C, busy: () => boolean): void {
  const named = new Map<string, (...args: never[]) => Promise<unknown>>(Object.entries(calls));
  process.on("message", ({ call, name, args }: Call) => {
    const answer = async (): Promise<unknown> => named.get(name)?.(...args);
    answer().then(
      (value) => process.send?.({ call, value } satisfies Answer),
      (error: Error & { code?: string }) =>
        process.send?.({
          call,
          error: { ...(error.code === undefined ? {} : { code: error.code }), message: error.message },
        } satisfies Answer),
    );
  });
  process.on("disconnect", () => busy() && process.exit(1));
}
