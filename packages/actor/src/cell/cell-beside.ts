/**
 * Handles concurrent messages and streams: beside the handler that the cell runs in its turn, and as messages with one fate like any other.
 * Without it the path of an ordinary message would have to know of handlers that run beside it.
 */
import { type Payload, refusal, toWireError, type WireError } from "@process-hub/protocol";
import type { Handler } from "../definition/definition.js";
import type { CellCore } from "./cell-core.js";
import { notLater, putOff } from "./cell-owed.js";
import { restartCell } from "./cell-start.js";
import { cutOffHandlers, finish, stopIfTold } from "./cell-stop.js";
import { afterConcurrentThrow, stoppedByThrow } from "./cell-throw.js";
import { ConcurrentHandler, type ConcurrentHandlers } from "./concurrent-handlers.js";
import { isPromise } from "./current-work.js";
import type { Envelope } from "./envelope.js";
import { closeError, closeReply } from "./open-envelope.js";
import { StreamPump } from "./stream-pump.js";

/** A cell, as far as handlers beside its turn need it. */
interface BesideCell extends CellCore {
  /** Those in hand; made with the first. */
  makeBeside(): ConcurrentHandlers;
  /** What it has handled, of whichever kind, counts. */
  countHandled(): void;
}

/** Handles a concurrent message: the cell is free for others while it waits. */
export function handleBeside(cell: BesideCell, envelope: Envelope, handler: Handler, input: unknown): void {
  const beside = cell.makeBeside();
  const running = new ConcurrentHandler(cell, envelope, handler.concurrent === "mutates");
  beside.begun(running);
  cell.host.observer?.handling(envelope, cell.host.place, cell.epoch, true);
  const done = (reply: unknown): void => {
    if (beside.ended(running)) handled(cell, envelope, handler, reply);
  };
  const failed = (error: unknown): void => {
    const gaveUp = running.context.isGivenUp(error);
    if (beside.ended(running)) threw(cell, envelope, handler, error, gaveUp);
  };
  let result: unknown;
  try {
    result = handler.run(cell.state, input, running.context);
  } catch (error) {
    failed(error);
    return;
  }
  if (isPromise(result)) {
    cell.host.besideBusy(cell);
    Promise.resolve(result).then(done, failed);
  } else done(result);
}

/** Begins a stream: its generator runs beside other handlers from now on. */
export function beginStream(cell: BesideCell, envelope: Envelope, handler: Handler, input: unknown): void {
  const { host, id, behaviour } = cell;
  if (envelope.ask === 0) {
    const text = `${envelope.name} of actor ${behaviour.name} is a stream: read it by \`ref.stream\``;
    cell.mail.refuse(envelope, refusal("InvalidMessage", text, { id, message: envelope.name }));
    stopIfTold(cell);
    return;
  }
  const beside = cell.makeBeside();
  const running = new ConcurrentHandler(cell, envelope, true);
  const pump = new StreamPump(cell, envelope, handler);
  running.draws(pump);
  beside.begun(running);
  host.observer?.handling(envelope, host.place, cell.epoch);
  host.streaming(cell, envelope, true);
  host.besideBusy(cell);
  const run = async (): Promise<void> => pump.run(handler.run(cell.state, input, running.context));
  run().then(
    () => beside.ended(running) && handled(cell, envelope, handler, undefined),
    (error: unknown) => beside.ended(running) && threw(cell, envelope, handler, error, pump.isCut),
  );
}

function handled(cell: BesideCell, envelope: Envelope, handler: Handler, result: unknown): void {
  const answer = envelope.ask === 0 || envelope.later === true ? undefined : closeReply(envelope, handler, result, cell);
  // What another one beside it has done to the state meanwhile may be in its answer.
  if (cell.watched && (handler.concurrent === "mutates" || cell.beside?.mutates === true)) cell.host.changed(cell, false);
  over(cell, envelope, answer);
}

function threw(cell: BesideCell, envelope: Envelope, handler: Handler, error: unknown, gaveUp: boolean): void {
  const outcome = afterConcurrentThrow(cell, handler, gaveUp);
  notLater(cell, envelope);
  const answer = envelope.ask === 0 ? undefined : closeError(envelope, error, cell);
  if (!gaveUp || outcome !== "resume") cell.host.handlerFailed(cell, envelope, toWireError(error), outcome);
  over(cell, envelope, answer);
  if (outcome === "resume" || (cell.phase !== "running" && cell.phase !== "sealed")) return;
  // What else is in hand belongs to the life that ends here.
  const inHand = cutOffHandlers(cell);
  const text = `a concurrent handler of actor ${cell.id} threw, and the life that handled the message ended (onError "${outcome}")`;
  for (const each of inHand) cell.mail.refuse(each, refusal("OutcomeUnknown", text, { id: cell.id }));
  if (outcome === "restart") restartCell(cell, error);
  else finish(cell, "crashed", stoppedByThrow(cell, error));
}

function over(cell: BesideCell, envelope: Envelope, answer: Payload | WireError | undefined): void {
  cell.countHandled();
  if (answer !== undefined) cell.host.replyWhenSafe(cell, envelope, answer, true);
  else if (envelope.later === true) putOff(cell, envelope);
  stopIfTold(cell);
  cell.host.wake(cell);
}
