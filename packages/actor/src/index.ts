export { Cell, type CellBirth, type CellPhase } from "./cell/cell.js";
export type { CellHost, CellLimits } from "./cell/cell-host.js";
export type { Origin } from "./cell/cell-start.js";
export type { Envelope, Mail, Marker } from "./cell/envelope.js";
export type { Observer } from "./cell/observer.js";
export { Queue } from "./cell/queue.js";
export type { FrozenTimer } from "./cell/timers.js";
export { childSpec } from "./definition/child-spec.js";
export type { ActorContext, ActorLog, JobFunction, StartOptions } from "./definition/context.js";
export {
  type ActorDefinition,
  type ActorHead,
  type AnyActor,
  type ArgsOf,
  type Behaviour,
  defineActor,
  type Handler,
  type HandoffCodec,
  isActorDefinition,
  type Lifecycle,
  type MessageSchemas,
  type MessagesOf,
  type TypedActor,
} from "./definition/definition.js";
export { firstIssue } from "./definition/first-issue.js";
export type { ActorRef, AskOptions, InputArguments, MessageMap, MessageShape, MessagesRef } from "./definition/ref.js";
