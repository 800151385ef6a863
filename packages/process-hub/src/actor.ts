/**
 * The light door for actor modules: `defineActor` and its types alone, so that a thread does not load the main side.
 * Without it every worker thread would load the cluster, the transports and the strategies as well.
 */
export {
  type ActorContext,
  type ActorDefinition,
  type ActorLog,
  type ActorPlacement,
  type ActorRef,
  type AnyActor,
  type AskOptions,
  type Deferral,
  defineActor,
  type Frozen,
  type HandoffCodec,
  type JobFunction,
  type KindMigration,
  type KindRedundancy,
  type Lifecycle,
  type MessageMap,
  type MessagesOf,
  type MessagesRef,
  type OnError,
  type OnNode,
  type PlannedMove,
  type ResumedWhy,
  type Room,
  type Schema,
  type StartOptions,
  type TellOptions,
  type VersionSteps,
} from "@process-hub/actor";
