/**
 * The five families by name, and the union of their strategies.
 * Without it a sixth family could be added and left out somewhere, and the compiler would not ask for it.
 */
import type { StrategyFamily } from "@process-hub/protocol";
import type { DistributionStrategy } from "./distribution/family.js";
import type { MigrationStrategy } from "./migration/family.js";
import type { PartitionStrategy } from "./partition/family.js";
import type { RedundancyStrategy } from "./redundancy/family.js";
import type { SynchronizationStrategy } from "./synchronization/family.js";

/** The interface of each family. */
export interface Strategies {
  distribution: DistributionStrategy;
  migration: MigrationStrategy;
  redundancy: RedundancyStrategy;
  synchronization: SynchronizationStrategy;
  partition: PartitionStrategy;
}

/** A strategy of whatever family; its `family` says which. */
export type AnyStrategy = Strategies[StrategyFamily];
