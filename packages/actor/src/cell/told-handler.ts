/*
 * Tells who listens to `process-hub:handle` of a handler's begin and end, and lets them set its trace and its async context.
 * Without it each kind of handler would have to know what a listener is told, and when.
 */
import { diagnostics, type HandleDiagnostic, retraced, toldTwice } from "@process-hub/protocol";
import type { Handler } from "../definition/definition.js";
import type { CellCore } from "./cell-core.js";
import { isPromise } from "./current-work.js";
import type { Envelope } from "./envelope.js";

type Around = NonNullable<HandleDiagnostic["around"]>;

const directly: Around = (run) => run();

/** A message and its handler, as listeners are told of them: what they set is in the message, and the handler tells of its end. */
export function toldHandler(
  cell: CellCore,
  envelope: Envelope,
  handler: Handler,
): { readonly envelope: Envelope; readonly handler: Handler } {
  const { name: message, sender, header, ask } = envelope;
  const told: HandleDiagnostic = {
    phase: "begin",
    place: cell.host.place,
    id: cell.id,
    actor: cell.spec.actor,
    epoch: cell.epoch,
    message,
    sender,
    kind: kindOf(handler, ask),
    trace: header?.trace,
    around: undefined,
  };
  const ended = toldTwice(diagnostics.handle, told);
  const { trace, around = directly } = told;
  const carried = retraced(header, trace);
  return {
    envelope: carried === header ? envelope : { ...envelope, header: carried },
    handler: {
      ...handler,
      // What is known of it is known of the next message too.
      get waits() {
        return handler.waits;
      },
      set waits(waits) {
        if (waits !== undefined) handler.waits = waits;
      },
      run: (state, input, ctx) => runTold(() => handler.run(state, input, ctx), handler.items !== undefined, around, ended),
    },
  };
}

function kindOf({ items }: Handler, ask: number): HandleDiagnostic["kind"] {
  if (items !== undefined) return "stream";
  return ask === 0 ? "tell" : "ask";
}

function runTold(run: () => unknown, isStream: boolean, around: Around, ended: (error?: unknown) => void): unknown {
  let result: unknown;
  try {
    result = around(run);
  } catch (error) {
    ended(error);
    throw error;
  }
  if (isPromise(result)) {
    Promise.resolve(result).then(() => ended(), ended);
    return result;
  }
  const items = isStream ? iteratorOf(result) : undefined;
  if (items !== undefined) return toldItems(items, around, ended);
  ended();
  return result;
}

function iteratorOf(result: unknown): AsyncIterator<unknown> | Iterator<unknown> | undefined {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = (result ?? {}) as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return async?.call(result) ?? sync?.call(result);
}

/** What a stream yields, each item made within the listener's context; it ends when the generator does, or its reader, even before the first item. */
function toldItems(
  items: AsyncIterator<unknown> | Iterator<unknown>,
  around: Around,
  ended: (error?: unknown) => void,
): AsyncIterableIterator<unknown> {
  let isOver = false;
  const over = (error?: unknown): void => {
    if (!isOver) ended(error);
    isOver = true;
  };
  const step = async (make: () => unknown): Promise<IteratorResult<unknown>> => {
    try {
      const made = (await around(make)) as IteratorResult<unknown> | undefined;
      const next = made ?? { done: true, value: undefined };
      if (next.done === true) over();
      return next;
    } catch (error) {
      over(error);
      throw error;
    }
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => step(() => items.next()),
    return: () => step(() => items.return?.()),
  };
}
