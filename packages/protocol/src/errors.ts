/**
 * Every failure a caller can meet, as a closed list of classes told apart by `code`.
 * Errors cross threads and nodes in a wire form of their own, because `postMessage` keeps neither class nor code.
 * Without the list a caller could tell errors apart by their text alone.
 */

/** The codes a caller may switch on. */
export const errorCodes = [
  "ActorNotFound",
  "AlreadyStarted",
  "ActorStopped",
  "ActorCrashed",
  "HandlerFailed",
  "StartFailed",
  "AskTimeout",
  "MailboxFull",
  "ThreadExited",
  "NodeDown",
  "Partitioned",
  "Locked",
  "InvalidMessage",
  "InvalidReply",
  "InvalidState",
  "HandoffFailed",
  "HubClosed",
  "HubConfigError",
  "ProtocolMismatch",
  "SettingsMismatch",
  "NotSerializable",
  "Unauthenticated",
  "OutcomeUnknown",
  "WrongActor",
  "NoNodeForKind",
  "AskCycle",
  "StreamCut",
] as const;

/** One of the codes a caller may switch on. */
export type ErrorCode = (typeof errorCodes)[number];

/** The fields of an error beside its text: plain data that names the actor, node, path or value concerned. */
export type ErrorFields = Readonly<Record<string, unknown>>;

/** The base of all errors of process-hub: `code` to switch on, `fields` that name what was concerned, `cause` where there is one. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.name = code;
    this.fields = fields;
  }
}

/**
 * Makes an error whose stack is its name and text alone. For those that crossed, or are made for many at once: what could be captured
 * there says nothing of who asked, and is most of what an error costs.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const limit: unknown = Error.stackTraceLimit;
  // Where the limit cannot be set (frozen intrinsics), or nothing is captured anyway, it stays.
  const isSet = typeof limit === "number" && Reflect.set(Error, "stackTraceLimit", 0);
  try {
    const error = make();
    setStack(error, `${error.name}: ${error.message}`);
    return error;
  } finally {
    if (isSet) Reflect.set(Error, "stackTraceLimit", limit);
  }
}

/** Gives an error a stack that was captured elsewhere. */
export function setStack(error: Error, stack: string): void {
  Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
}

/** A constructor of one error class: text, then fields, then the cause. */
export type HubErrorClass = new (message: string, fields?: ErrorFields, cause?: unknown) => HubError;

/** No actor runs under the id, as far as the registry and the ring's owner know. */
export class ActorNotFound extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("ActorNotFound", message, fields, cause);
  }
}

/** The id is taken: an actor runs, or is being started, under it. */
export class AlreadyStarted extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("AlreadyStarted", message, fields, cause);
  }
}

/** The actor was stopped before it came to the message. One that was stopped by force in the middle of it gives `OutcomeUnknown`. */
export class ActorStopped extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("ActorStopped", message, fields, cause);
  }
}

/**
 * The actor ended for good after a failure of its own: its restart policy, its `onError` or its restart intensity forbids that it goes on.
 */
export class ActorCrashed extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("ActorCrashed", message, fields, cause);
  }
}

/**
 * A handler threw. What it threw arrives as itself, of its own class, and has this code where it has none of its own; so `code` tells it from
 * an error of the hub, and `instanceof` does not.
 */
export class HandlerFailed extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("HandlerFailed", message, fields, cause);
  }
}

/** The actor could not be started: bad arguments, a failing `init`, an unknown definition, or nowhere to run. */
export class StartFailed extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("StartFailed", message, fields, cause);
  }
}

/** No reply came within the ask's `timeoutMs`. The message may still have been handled. */
export class AskTimeout extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("AskTimeout", message, fields, cause);
  }
}

/** A bound was reached: the actor's mailbox, what may be on the way to it, the node's jobs, or its storage. */
export class MailboxFull extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("MailboxFull", message, fields, cause);
  }
}

/** The worker thread that had the message ended. */
export class ThreadExited extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("ThreadExited", message, fields, cause);
  }
}

/** The node that had the message is down, or no such node is a member. */
export class NodeDown extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("NodeDown", message, fields, cause);
  }
}

/** This side of a cut network does not serve; or a message was beyond a cut, or on a node that slept, and would now come after later ones. */
export class Partitioned extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("Partitioned", message, fields, cause);
  }
}

/** The hub is locked, and the call did not get its turn in time. */
export class Locked extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("Locked", message, fields, cause);
  }
}

/** The message has no handler, or its input does not fit the handler's schema. */
export class InvalidMessage extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("InvalidMessage", message, fields, cause);
  }
}

/** The handler's reply does not fit its output schema. */
export class InvalidReply extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("InvalidReply", message, fields, cause);
  }
}

/** The state does not fit its schema, at start or on arrival after a move. */
export class InvalidState extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("InvalidState", message, fields, cause);
  }
}

/** A move did not take place; `fields.step` says where it ended. The actor goes on at the source. */
export class HandoffFailed extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("HandoffFailed", message, fields, cause);
  }
}

/** The hub is closing or closed. */
export class HubClosed extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("HubClosed", message, fields, cause);
  }
}

/** An option is wrong: the message names its path, what was given and what is allowed. */
export class HubConfigError extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("HubConfigError", message, fields, cause);
  }
}

/** The other node speaks another version of the protocol. */
export class ProtocolMismatch extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("ProtocolMismatch", message, fields, cause);
  }
}

/** The other node's hub has the same id and other settings. */
export class SettingsMismatch extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("SettingsMismatch", message, fields, cause);
  }
}

/** The value cannot travel: it holds a function, a symbol, a class instance, a circle or a key `__proto__`; `fields.path` says where. */
export class NotSerializable extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("NotSerializable", message, fields, cause);
  }
}

/** A node does not prove that it belongs to the hub: its `secret` is another one, or missing. */
export class Unauthenticated extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("Unauthenticated", message, fields, cause);
  }
}

/** What was asked may have been done, or may still be: never given for what was not sent. */
export class OutcomeUnknown extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("OutcomeUnknown", message, fields, cause);
  }
}

/** The id belongs to an actor of another kind than the reference says; `fields.actor` names the kind that is there. */
export class WrongActor extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("WrongActor", message, fields, cause);
  }
}

/** No node that takes actors has this kind of actor in its `actors`. `fields.kinds`: the kinds of each node, by its name. */
export class NoNodeForKind extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("NoNodeForKind", message, fields, cause);
  }
}

/** The ask would wait for itself through others, and was not handled. `fields.path`: the ids of the actors that wait, from one back to itself. */
export class AskCycle extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("AskCycle", message, fields, cause);
  }
}

/** A stream ended before it was complete: its actor moved or stopped, or its place was lost. `fields`: `id`, `message`, `items` (how many came), `why` (a code). */
export class StreamCut extends HubError {
  constructor(message: string, fields?: ErrorFields, cause?: unknown) {
    super("StreamCut", message, fields, cause);
  }
}

/** Each code with its class: what turns a wire error back into itself. */
export const errorClasses: Readonly<Record<ErrorCode, HubErrorClass>> = {
  ActorNotFound,
  AlreadyStarted,
  ActorStopped,
  ActorCrashed,
  HandlerFailed,
  StartFailed,
  AskTimeout,
  MailboxFull,
  ThreadExited,
  NodeDown,
  Partitioned,
  Locked,
  InvalidMessage,
  InvalidReply,
  InvalidState,
  HandoffFailed,
  HubClosed,
  HubConfigError,
  ProtocolMismatch,
  SettingsMismatch,
  NotSerializable,
  Unauthenticated,
  OutcomeUnknown,
  WrongActor,
  NoNodeForKind,
  AskCycle,
  StreamCut,
};
