/*
 * Tells who listens to `process-hub:handle` of a handler's begin and end, and lets them set its trace and its async context.
 * Without it each kind of handler would have to know what a listener is told, and when.
 */
import { diagnostics, type HandleDiagnostic, toldTwice } from "@process-hub/protocol";
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
  return {
    envelope: trace === header?.trace ? envelope : { ...envelope, header: { ...header, ...(trace && { trace }) } },
    handler: { ...handler, run: (state, input, ctx) => runTold(() => handler.run(state, input, ctx), around, ended) },
  };
}

function kindOf({ items }: Handler, ask: number): HandleDiagnostic["kind"] {
  if (items !== undefined) return "stream";
  return ask === 0 ? "tell" : "ask";
}

function runTold(run: () => unknown, around: Around, ended: (error?: unknown) => void): unknown {
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
  const iterator = iteratorOf(result);
  if (iterator !== undefined) return toldItems(iterator, around, ended);
  ended();
  return result;
}

function iteratorOf(result: unknown): AsyncIterator<unknown> | Iterator<unknown> | undefined {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = Object(result) as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  if (typeof result !== "object" || typeof (result as { next?: unknown }).next !== "function") return undefined;
  return async?.call(result) ?? sync?.call(result);
}

/** What a stream yields, each item made within the listener's context; it ends when the generator does, or its reader. */
async function* toldItems(
  items: AsyncIterator<unknown> | Iterator<unknown>,
  around: Around,
  ended: (error?: unknown) => void,
): AsyncGenerator<unknown, void, undefined> {
  let failure: unknown;
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await around(() => items.next());
      isDone = done === true;
      if (isDone) return;
      yield value;
    }
  } catch (error) {
    isDone = true;
    failure = error;
    throw error;
  } finally {
    if (!isDone) await around(() => items.return?.());
    ended(failure);
  }
}
