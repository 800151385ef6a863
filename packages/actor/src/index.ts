export type { Caller } from "./cell/caller.js";
export { type CarriedAlong, Cell, type CellBirth, type StuckHandler } from "./cell/cell.js";
export type { CellHost, CellLimits, HostedCell } from "./cell/cell-host.js";
export { type CellPhase, cellPhases } from "./cell/cell-phase.js";
export type { Origin } from "./cell/cell-start.js";
export { checkEvent, checkSince, feedOf, hearEvent, hearGone, newsInput } from "./cell/cell-ties.js";
export { type Envelope, expire, type Mail, type Marker, wasTakenBack } from "./cell/envelope.js";
export { EventFeed, type FeedBatch } from "./cell/event-feed.js";
export type { Observer, Waiting } from "./cell/observer.js";
export { Queue } from "./cell/queue.js";
export { openState, stateBytes } from "./cell/state-wire.js";
export type { Heard, Subscription, Watch } from "./cell/ties.js";
export type { FrozenTimer } from "./cell/timers.js";
export { type BatchMessages, type Child, child } from "./definition/child.js";
export { childSpec, specToGet, startedSpec } from "./definition/child-spec.js";
export type {
  ActorContext,
  ActorLog,
  ChildrenStarted,
  CronOptions,
  JobFunction,
  ReplyToken,
  Room,
  TaskFunction,
  TaskOutcome,
} from "./definition/context.js";
export {
  type ActorDefinition,
  type ActorHead,
  type AnyActor,
  type Behaviour,
  type Deferral,
  defineActor,
  type Handler,
  type HandoffCodec,
  isActorDefinition,
  type KindMigration,
  type KindRedundancy,
  type Lifecycle,
  type MessageSchemas,
  type PlannedMove,
  type ResumedWhy,
  type StreamSchemas,
} from "./definition/definition.js";
export type {
  EventHandler,
  EventKind,
  EventMeta,
  EventNews,
  EventOptions,
  EventSubscription,
  EventsOf,
  EventTypes,
  Gone,
  Resync,
  SubscribeOptions,
} from "./definition/event.js";
export { firstIssue } from "./definition/first-issue.js";
export type { Frozen } from "./definition/frozen.js";
export type { ActorQuery, ListedActor } from "./definition/listed-actor.js";
export { type ActorPlacement, idOf, idOnNode, type OnNode, placementOf } from "./definition/node-actor.js";
export type { OnError } from "./definition/on-error.js";
export {
  type ActorKind,
  type ActorRef,
  type ArgsOf,
  type AskOptions,
  type AutoStart,
  type InputArguments,
  kindOf,
  type MessageMap,
  type MessageShape,
  type MessagesOf,
  type MessagesRef,
  type TellOptions,
  type TypedActor,
} from "./definition/ref.js";
export type { Schema } from "./definition/schema.js";
export type { StartOptions } from "./definition/start-options.js";
export type { VersionSteps } from "./definition/version-steps.js";
export { kindCard } from "./definition/versions.js";
