/**
 * Opens a message for its handler, and closes the reply: each checked by its schema.
 * Without it a handler would get input that its schema does not allow, and a sender a reply that cannot travel.
 */
import {
  bytesAbove,
  closePayload,
  encodeMessage,
  InvalidReply,
  NotSerializable,
  openPayload,
  type Payload,
  type Refusal,
  refusal,
  tooLarge,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { Behaviour, Handler } from "../definition/definition.js";
import { firstIssue } from "../definition/first-issue.js";
import { asksToWait } from "../definition/schema.js";
import { ownCopy } from "../definition/shared-defaults.js";
import type { Envelope } from "./envelope.js";

/** The part of the answering cell that is used: its actor, and the bounds of its host. */
interface Answering {
  readonly spec: { readonly actor: string };
  readonly host: { readonly limits: { readonly messageBytes?: number | undefined } };
}

/** A message that can be handled. */
interface Opened {
  readonly handler: Handler;
  readonly input: unknown;
}

/** The handler of a message, and its input as the handler's schema gives it; or an `InvalidMessage`, or a `WrongActor`. */
export function openEnvelope(envelope: Envelope, behaviour: Behaviour): Opened | Refusal {
  const { actor = null } = envelope;
  if (actor !== null && actor !== behaviour.name) {
    const text = `${envelope.to} is an actor ${behaviour.name}, and ${envelope.name} was sent to an actor ${actor}`;
    return refusal("WrongActor", text, { id: envelope.to, message: envelope.name, actor: behaviour.name, wanted: actor });
  }
  const handler = behaviour.handlers.get(envelope.name);
  if (handler === undefined) {
    const known = [...behaviour.handlers.keys()].join(", ");
    return invalid(envelope, `actor ${behaviour.name} has no message ${JSON.stringify(envelope.name)}; it has: ${known}`);
  }
  try {
    return openInput(envelope, handler, behaviour.name);
  } catch (error) {
    const waits = asksToWait(error);
    if (waits !== undefined) return invalid(envelope, `message ${envelope.name} of actor ${behaviour.name}: ${waits}`);
    return invalid(envelope, `the payload of ${envelope.name} cannot be read`, error);
  }
}

/** The answer for the asker: the reply as its schema gives it, or an `InvalidReply` or `NotSerializable`. */
export function closeReply(
  envelope: Envelope,
  handler: Handler,
  result: unknown,
  { spec, host }: Answering,
): Payload | WireError {
  try {
    const reply = closePayload(checkReply(envelope, handler, result, spec.actor), "reply");
    const { messageBytes = Number.POSITIVE_INFINITY } = host.limits;
    const tooMany = bytesAbove(reply, messageBytes);
    return tooMany === undefined ? reply : toWireError(largeReply(envelope, spec.actor, tooMany, messageBytes));
  } catch (error) {
    if (error instanceof InvalidReply || error instanceof NotSerializable) return toWireError(error);
    const waits = asksToWait(error);
    const text = waits === undefined ? "cannot be sent" : `cannot be checked: ${waits}`;
    return toWireError(
      new InvalidReply(`the reply to ${envelope.name} ${text}`, { id: envelope.to, message: envelope.name }, error),
    );
  }
}

/** The answer for the asker when the handler threw: that error, or an `InvalidReply` when it is too large. */
export function closeError(envelope: Envelope, error: unknown, { spec, host }: Answering): WireError {
  const wire = toWireError(error);
  const { messageBytes } = host.limits;
  if (messageBytes === undefined) return wire;
  const { byteLength } = encodeMessage(wire, "error");
  return byteLength > messageBytes ? toWireError(largeReply(envelope, spec.actor, byteLength, messageBytes)) : wire;
}

function largeReply({ to, name }: Envelope, actor: string, bytes: number, limitBytes: number): InvalidReply {
  const text = tooLarge(`the reply of actor ${actor} to ${name}`, bytes, limitBytes);
  return new InvalidReply(text, { id: to, message: name, bytes, limitBytes });
}

function openInput(envelope: Envelope, handler: Handler, actor: string): Opened | Refusal {
  const raw = openPayload(envelope.payload);
  if (handler.input === undefined) {
    if (raw === undefined || raw === null) return { handler, input: undefined };
    return invalid(envelope, `message ${envelope.name} of actor ${actor} takes no input, and was given some`);
  }
  const parsed = handler.input.safeParse(raw);
  if (parsed.success) return { handler, input: handler.copiesInput === true ? ownCopy(parsed.data) : parsed.data };
  return invalid(envelope, `message ${envelope.name} of actor ${actor}: ${firstIssue(parsed.error)}`);
}

function invalid({ to, name }: Envelope, text: string, cause?: unknown): Refusal {
  return refusal("InvalidMessage", text, { id: to, message: name }, cause);
}

function checkReply(envelope: Envelope, handler: Handler, result: unknown, actor: string): unknown {
  if (handler.output === undefined) return result;
  const parsed = handler.output.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new InvalidReply(`the reply of actor ${actor} to ${envelope.name}: ${firstIssue(parsed.error)}`, {
    id: envelope.to,
    message: envelope.name,
  });
}
