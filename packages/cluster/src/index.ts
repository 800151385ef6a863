export { type Child, child } from "@process-hub/actor";
export type { HandlerEntry, HandlerOptions } from "./events/handler-list.js";
export { Hooks } from "./events/hooks.js";
export type {
  HookName,
  HookOf,
  HookOptions,
  HubEventName,
  HubEvents,
  HubHandler,
  MembersChanged,
  SpecChange,
  StartedChild,
  StartingChild,
  StartReason,
} from "./events/hub-events.js";
export type { NodeHandler } from "./events/node-handlers.js";
export { CollectResult, type DispatchTo } from "./hub/dispatch.js";
export type { ActorState, Explanation, StrategyInUse } from "./hub/explain.js";
export { ExportedChild } from "./hub/exported-children.js";
export { type DrainOptions, Hub, type ListedBy, type NodeBuild } from "./hub/hub.js";
export type { HubStats, ThreadStats } from "./hub/hub-stats.js";
export type { KeepOptions, KeyedStorage } from "./hub/keyed-storage.js";
export {
  type ChildError,
  type CloseResult,
  DrainResult,
  MoveResult,
  type StartedPlacement,
  StartResult,
  type StoppedChild,
  StopResult,
} from "./hub/results.js";
export type { StartChildrenOptions } from "./hub/start-batch.js";
export { type MemoryNetwork, memoryNetwork } from "./membership/memory-network.js";
export type { CoordinatorPorts } from "./node/coordinator-ports.js";
export type { LoadMeter } from "./placement/loads.js";
export type { EntryQuery } from "./registry/entry-query.js";
export type { RegistryEntry, Replica } from "./registry/registry-entry.js";
export { configError } from "./settings/config-error.js";
export { type HubOptions, HubSettings, hubSettings, Limits, type Logger, Timings } from "./settings/settings.js";
export type { MessageFates } from "./threads/thread-figures.js";
