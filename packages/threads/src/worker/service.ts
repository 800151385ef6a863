import { isToThread, type PlaceId, type ServiceFrame, type WireError } from "@process-hub/protocol";
import type { Runner } from "./runner.js";

/** The main thread's news to a thread: where actors are, what went down, what nodes leave, how a call of an actor ended. */
export class Service {
  readonly #runner: Runner;
  readonly #drained: ((from: PlaceId) => Promise<void> | undefined) | undefined;

  constructor(runner: Runner, drained: ((from: PlaceId) => Promise<void> | undefined) | undefined) {
    this.#runner = runner;
    this.#drained = drained;
  }

  /** Acts on a frame. One that a thread does not take is reported. */
  receive(frame: ServiceFrame): void {
    const { mailer, source, main, children, jobs } = this.#runner;
    if (!isToThread(frame)) {
      mailer.send(main, { type: "badFrame", peer: main, error: `a ${frame.type} frame to a thread` });
      return;
    }
    switch (frame.type) {
      case "resolved":
        for (const { id, place, epoch } of frame.routes) mailer.routes.resolved(id, place ?? undefined, epoch);
        break;
      case "placeDown":
        this.#afterLastWords(frame.place, () => this.#placeDown(frame.place, frame.error));
        break;
      case "placeDrained":
        this.#afterLastWords(frame.place, () => mailer.placeDrained(frame.place));
        break;
      case "placeUp":
        mailer.placeUp(frame.place);
        break;
      case "renumber":
        for (const { id, epoch } of frame.actors) void source.renumber(id, epoch);
        break;
      case "relocated":
        for (const { id, epoch, place } of frame.actors) mailer.routes.moved(id, epoch, place);
        break;
      case "evacuate":
        void mailer.evacuate(frame.node).then(() => mailer.send(main, { type: "evacuated", node: frame.node }));
        break;
      case "startedChild":
        children.done(frame);
        break;
      case "jobDone":
        jobs.done(frame);
        break;
      default:
        frame satisfies never;
    }
  }

  /** The news of a death comes after its last words: a commit among them decides who runs the actor. */
  #afterLastWords(place: PlaceId, act: () => void): void {
    const drained = this.#drained?.(place);
    if (drained === undefined) act();
    else void drained.then(act);
  }

  #placeDown(place: PlaceId, error: WireError): void {
    const { mailer, source, target, streams, cells, main } = this.#runner;
    mailer.placeDown(place, error);
    const keeping = [...cells.values()].filter(({ phase }) => phase === "sent" || phase === "loaded");
    void mailer.passedOn(place, keeping).then(() => mailer.send(main, { type: "passedOn", place }));
    source.placeDown();
    target.placeDown();
    streams.placeDown();
  }
}
