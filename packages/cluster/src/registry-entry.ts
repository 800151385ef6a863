import type { Epoch, Mode, NodeName } from "@process-hub/protocol";

/** Where one replica of an actor runs. */
export interface Replica {
  readonly node: NodeName;
  readonly thread: number;
  readonly epoch: Epoch;
  readonly mode: Mode;
}

/** An actor as `lookup` and `list` show it. */
export interface RegistryEntry {
  readonly id: string;
  /** The name of its definition. */
  readonly actor: string;
  readonly replicas: readonly Replica[];
  readonly tag?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}
