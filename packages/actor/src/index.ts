export { Cell, type CellBirth, type CellPhase } from "./cell.js";
export type { CellHost, CellLimits } from "./cell-host.js";
export type { Origin } from "./cell-start.js";
export { childSpec } from "./child-spec.js";
export type { ActorContext, ActorLog, JobFunction, StartOptions } from "./context.js";
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
} from "./definition.js";
export { firstIssue } from "./first-issue.js";
export type { Letter, Mail, Marker } from "./letter.js";
export type { Observer } from "./observer.js";
export { Queue } from "./queue.js";
export type { ActorRef, AskOptions, InputArguments, MessageMap, MessageShape, MessagesRef } from "./ref.js";
export type { FrozenTimer } from "./timers.js";
