export type { HandlerEntry, HandlerOptions } from "./events/handler-list.js";
export {
  type HookName,
  type HookOf,
  Hooks,
  type HubEventName,
  type HubEvents,
  type HubHandler,
  type SpecChange,
} from "./events/hooks.js";
export type { ActorState, Explanation, StrategyInUse } from "./hub/explain.js";
export { Hub, type StartChildrenOptions } from "./hub/hub.js";
export { configError } from "./hub/hub-options.js";
export type { HubStats, MessageFates, ThreadStats } from "./hub/hub-stats.js";
export type { KeepOptions, KeyedStorage } from "./hub/keyed-storage.js";
export {
  type ChildError,
  type CloseResult,
  type DrainResult,
  type StartedPlacement,
  StartResult,
  type StopResult,
} from "./hub/results.js";
export { type MemoryNetwork, memoryNetwork } from "./membership/memory-network.js";
export type { CoordinatorPorts } from "./node/coordinator.js";
export type { LoadMeter } from "./placement/loads.js";
export type { RegistryEntry, Replica } from "./registry/registry-entry.js";
export { type Child, child } from "./settings/child.js";
export { type HookOptions, type HubOptions, HubSettings, hubSettings, Limits, Timings } from "./settings/settings.js";
