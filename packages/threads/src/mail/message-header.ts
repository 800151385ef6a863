/*
 * Makes the header of a message where that is made: of what its sender gave, and of what the message in hand carries.
 * Without one place for it a tell and an ask, of a main thread and of an actor, would each pass on something else.
 */
import type { Caller, TellOptions } from "@process-hub/actor";
import { type Bytes, contextBytes, encode, type Header, isRecord, optionError, shown, Trace } from "@process-hub/protocol";

/** The header of a message; undefined: it has none. Throws `HubConfigError` or `NotSerializable` for a wrong context or trace. */
export function messageHeader(options: TellOptions | undefined, caller: Caller | undefined): Header | undefined {
  const inherited = caller?.inHand?.header;
  if (options === undefined || (options.context === undefined && options.trace === undefined)) return inherited;
  const context = options.context === undefined ? inherited?.context : contextOf(options.context);
  const trace = options.trace === undefined ? inherited?.trace : checkedTrace(options.trace);
  if (trace === undefined && context === undefined) return undefined;
  return { ...(trace === undefined ? {} : { trace }), ...(context === undefined ? {} : { context }) };
}

/** A context as it travels; undefined for an empty one. */
function contextOf(context: unknown): Bytes | undefined {
  if (!isRecord(context)) throw wrong("context", shown(context), "a record of plain values");
  if (Object.keys(context).length === 0) return undefined;
  const bytes = encode(context, "context");
  if (bytes.byteLength > contextBytes)
    throw wrong(
      "context",
      `${bytes.byteLength} bytes`,
      `at most ${contextBytes} bytes: it goes with every message that comes of this one`,
    );
  return bytes;
}

function checkedTrace(trace: unknown): Trace {
  const parsed = Trace.safeParse(trace);
  if (parsed.success) return parsed.data;
  const at = ["trace", ...(parsed.error.issues[0]?.path ?? [])].join(".");
  throw wrong(at, shown(trace), "{ traceparent, tracestate?, baggage? }, texts as W3C Trace Context and Baggage have them");
}

function wrong(path: string, given: string, allowed: string): Error {
  return optionError("tell and ask", { path, given, allowed: `takes ${allowed}` });
}
