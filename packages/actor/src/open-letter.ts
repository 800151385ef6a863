import {
  type Bytes,
  decode,
  encode,
  HubError,
  InvalidMessage,
  InvalidReply,
  NotSerializable,
  toWireError,
  type WireError,
} from "@process-hub/protocol";
import type { Behaviour, Handler } from "./definition.js";
import { firstIssue } from "./first-issue.js";
import type { Letter } from "./letter.js";

/** A letter's handler, and its input as the handler's schema gives it. Throws `InvalidMessage`. */
export function openLetter(letter: Letter, behaviour: Behaviour): { readonly handler: Handler; readonly input: unknown } {
  const handler = behaviour.handlers.get(letter.name);
  const fields = { id: letter.to, message: letter.name };
  if (handler === undefined) {
    const known = [...behaviour.handlers.keys()].join(", ");
    throw new InvalidMessage(`actor ${behaviour.name} has no message ${JSON.stringify(letter.name)}; it has: ${known}`, fields);
  }
  try {
    return { handler, input: openInput(letter, handler, behaviour.name) };
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new InvalidMessage(`the payload of ${letter.name} cannot be read`, fields, error);
  }
}

/** What goes back to the asker: the reply as its schema gives it, or the `InvalidReply` or `NotSerializable` that it is. */
export function closeReply(letter: Letter, handler: Handler, result: unknown, actor: string): Bytes | WireError {
  try {
    return encode(checkReply(letter, handler, result, actor), "reply");
  } catch (error) {
    const named = error instanceof InvalidReply || error instanceof NotSerializable;
    return toWireError(
      named
        ? error
        : new InvalidReply(`the reply to ${letter.name} cannot be sent`, { id: letter.to, message: letter.name }, error),
    );
  }
}

function openInput(letter: Letter, handler: Handler, actor: string): unknown {
  const raw = decode(letter.payload);
  const fields = { id: letter.to, message: letter.name };
  if (handler.input === undefined) {
    if (raw === undefined || raw === null) return undefined;
    throw new InvalidMessage(`message ${letter.name} of actor ${actor} takes no input, and was given some`, fields);
  }
  const parsed = handler.input.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new InvalidMessage(`message ${letter.name} of actor ${actor}: ${firstIssue(parsed.error)}`, fields);
}

function checkReply(letter: Letter, handler: Handler, result: unknown, actor: string): unknown {
  if (handler.output === undefined) return result;
  const parsed = handler.output.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new InvalidReply(`the reply of actor ${actor} to ${letter.name}: ${firstIssue(parsed.error)}`, {
    id: letter.to,
    message: letter.name,
  });
}
