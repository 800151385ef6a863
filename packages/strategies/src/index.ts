export type {
  ClusterView,
  NodeLoad,
  PartitionVerdict,
  Placeable,
  StrategyFamily,
  StrategyPort,
  ViewNode,
} from "@process-hub/protocol";
export type { AnyStrategy, Strategies } from "./any-strategy.js";
export { clusterView } from "./cluster-view.js";
export { defineStrategy, type PartitionDefinition, type StrategyDefinition, type StrategyFactory } from "./define-strategy.js";
export { ConsistentHashingSettings, consistentHashing } from "./distribution/consistent-hashing.js";
export type { DistributionStrategy, Placement } from "./distribution/family.js";
export { GuidedSettings, guided } from "./distribution/guided.js";
export { LoadBalancedSettings, loadBalanced } from "./distribution/load-balanced.js";
export { threadOf } from "./distribution/thread-of.js";
export { settingsFingerprint } from "./fingerprint.js";
export { memoryPorts } from "./memory-ports.js";
export { type MessagePortLike, messagePort } from "./message-port.js";
export { ColdSwapSettings, coldSwap } from "./migration/cold-swap.js";
export type { MigrationStrategy } from "./migration/family.js";
export { HotSwapSettings, hotSwap } from "./migration/hot-swap.js";
export { ownThread } from "./own-thread.js";
export { DivergenceSettings, divergence } from "./partition/divergence.js";
export { DynamicQuorumSettings, dynamicQuorum } from "./partition/dynamic-quorum.js";
export type { ArbiterContext, HeldLease, OpenArbiter, PartitionArbiter, PartitionStrategy } from "./partition/family.js";
export type { LeaseRecord, LeaseWrite, StoredLease } from "./partition/lease.js";
export { type LeaseArbiterOptions, type LeaseStore, leaseArbiter } from "./partition/lease-arbiter.js";
export { MajorityQuorumSettings, majorityQuorum } from "./partition/majority-quorum.js";
export { StaticQuorumSettings, staticQuorum } from "./partition/static-quorum.js";
export type { RedundancyStrategy } from "./redundancy/family.js";
export { ReplicationSettings, replication } from "./redundancy/replication.js";
export { SingularitySettings, singularity } from "./redundancy/singularity.js";
export { hash32 } from "./ring/hash32.js";
export { createRing, type Ring } from "./ring/ring.js";
export { serveStrategy } from "./serve-strategy.js";
export { parseSettings } from "./settings.js";
export type { Strategy } from "./strategy.js";
export { type AnswerTo, StrategyClient, type StrategyClientOptions, type StrategyQuestion } from "./strategy-client.js";
export { inlineStrategies, type StrategyHost } from "./strategy-host.js";
export { strategyServer } from "./strategy-thread.js";
export type { SpreadRequest, SynchronizationStrategy } from "./synchronization/family.js";
export { GossipSettings, gossip } from "./synchronization/gossip.js";
export { PubSubSettings, pubSub } from "./synchronization/pub-sub.js";
