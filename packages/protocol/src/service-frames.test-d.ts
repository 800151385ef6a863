import { isToThread, type ServiceFrame, type ToMainFrame, type ToThreadFrame } from "./service-frames.js";

declare const frame: ServiceFrame;

// A reader of one direction need not name the frames of the other.
export function toThread(news: ToThreadFrame): void {
  switch (news.type) {
    case "resolved":
    case "placeDown":
    case "placeDrained":
    case "placeUp":
    case "relocated":
    case "renumber":
    case "leaving":
    case "evacuate":
    case "standbyPlan":
    case "startedChild":
    case "startedChildren":
    case "hubAnswer":
    case "watching":
    case "gone":
    case "jobDone":
      break;
    default:
      news satisfies never;
  }
}

// An arm that is missing is a compile error.
export function withoutJobs(news: ToThreadFrame): void {
  switch (news.type) {
    case "resolved":
    case "placeDown":
    case "placeDrained":
    case "placeUp":
    case "relocated":
    case "renumber":
    case "leaving":
    case "evacuate":
    case "standbyPlan":
    case "startedChild":
    case "startedChildren":
    case "hubAnswer":
    case "watching":
    case "gone":
      break;
    default:
      // @ts-expect-error jobDone has no arm
      news satisfies never;
  }
}

export function withoutCrashes(news: ToMainFrame): void {
  switch (news.type) {
    case "resolve":
    case "postedToDead":
    case "drainReported":
    case "evacuated":
    case "arrived":
    case "departed":
    case "kept":
    case "retired":
    case "renumbered":
    case "ended":
    case "stuck":
    case "deadLetters":
    case "unhandled":
    case "badFrame":
    case "invariantsBroken":
    case "log":
    case "startChild":
    case "startChildren":
    case "hubCall":
    case "watch":
    case "unwatch":
    case "job":
    case "jobAbort":
      break;
    default:
      // @ts-expect-error restarted has no arm
      news satisfies never;
  }
}

// A frame of either direction is no frame of one.
// @ts-expect-error it may go the other way
toThread(frame);
// @ts-expect-error it may go the other way
withoutCrashes(frame);
if (isToThread(frame)) toThread(frame);
else withoutCrashes(frame);
