/*
 * The strategies that go for actors of one kind: its definition's, else the hub's.
 * Without it a cache that is to begin anew elsewhere would have to be handed over as an account is.
 */
import type { AnyActor } from "@process-hub/actor";
import type { MigrationStrategy } from "@process-hub/strategies";

/** Which migration strategy actors of a kind have. */
export type MigrationOf = (actor: string) => MigrationStrategy;

/** Reads the migration strategies off the definitions of a node. */
export function migrationOf(actors: readonly AnyActor[], hubs: MigrationStrategy): MigrationOf {
  const own = new Map(actors.map(({ name, behaviour }) => [name, behaviour.migration as MigrationStrategy | undefined]));
  return (actor) => own.get(actor) ?? hubs;
}
