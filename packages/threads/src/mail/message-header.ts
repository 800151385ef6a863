/*
 * Makes the header of a message where that is made: of what its sender gave, and of what the message in hand carries.
 * Without one place for it a tell and an ask, of a main thread and of an actor, would each pass on something else.
 */
import type { Caller, TellOptions } from "@process-hub/actor";
import {
  type AskStep,
  type Bytes,
  contextBytes,
  encode,
  type Header,
  isRecord,
  optionError,
  passedOn,
  pathSteps,
  shown,
  Trace,
} from "@process-hub/protocol";

/** The header of a tell; undefined: it has none. Throws `HubConfigError` or `NotSerializable` for a wrong context or trace. */
export function tellHeader(options: TellOptions | undefined, caller: Caller | undefined): Header | undefined {
  const inherited = passedOn(caller?.inHand?.header);
  if (options === undefined) return inherited;
  const { context, trace } = options;
  if (context === undefined && trace === undefined) return inherited;
  return headerOf(
    undefined,
    trace === undefined ? inherited?.trace : checkedTrace(trace),
    context === undefined ? inherited?.context : contextOf(context),
  );
}

/** The header of an ask: that of a tell, and the asks that wait for it. Throws as `tellHeader` does. */
export function askHeader(options: TellOptions, caller: Caller | undefined): Header | undefined {
  const header = tellHeader(options, caller);
  const path = pathOf(caller);
  return path === undefined ? header : headerOf(path, header?.trace, header?.context);
}

/** Its sender waits for it: an ask that the sender's handler was asked by waits for that in turn. */
function pathOf(caller: Caller | undefined): AskStep[] | undefined {
  const asked = caller?.inHand;
  if (asked === undefined || asked.ask === 0 || asked.sender === null) return undefined;
  const { path = [] } = asked.header ?? {};
  return [...path.slice(path.length < pathSteps ? 0 : 1), [asked.sender, asked.origin, asked.ask]];
}

function headerOf(path: AskStep[] | undefined, trace: Trace | undefined, context: Bytes | undefined): Header | undefined {
  if (path === undefined && trace === undefined && context === undefined) return undefined;
  return {
    ...(path === undefined ? {} : { path }),
    ...(trace === undefined ? {} : { trace }),
    ...(context === undefined ? {} : { context }),
  };
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
