export { type Child, child } from "./child.js";
export type { CoordinatorPorts } from "./coordinator.js";
export type { ActorState, Explanation, StrategyInUse } from "./explain.js";
export type { HandlerEntry, HandlerOptions } from "./handler-list.js";
export {
  type HookName,
  type HookOf,
  Hooks,
  type HubEventName,
  type HubEvents,
  type HubHandler,
  type SpecChange,
} from "./hooks.js";
export { Hub, type StartChildrenOptions } from "./hub.js";
export { configError } from "./hub-options.js";
export type { HubStats, MessageFates, ThreadStats } from "./hub-stats.js";
export type { KeepOptions, KeyedStorage } from "./keyed-storage.js";
export type { LoadMeter } from "./loads.js";
export { type MemoryNetwork, memoryNetwork } from "./memory-network.js";
export type { RegistryEntry, Replica } from "./registry-entry.js";
export {
  type ChildError,
  type CloseResult,
  type DrainResult,
  type StartedPlacement,
  StartResult,
  type StopResult,
} from "./results.js";
export { type HookOptions, type HubOptions, HubSettings, hubSettings, Limits, Timings } from "./settings.js";
