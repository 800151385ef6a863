/*
 * The strategies that go for actors of one kind: its definition's, else the hub's.
 * Without it a cache that is to begin anew elsewhere would have to be handed over as an account is.
 */
import type { AnyActor } from "@process-hub/actor";
import type { MigrationStrategy, RedundancyStrategy } from "@process-hub/strategies";

/** Which migration strategy actors of a kind have. */
export type MigrationOf = (actor: string) => MigrationStrategy;

/** Reads the migration strategies off the definitions of a node. */
export function migrationOf(actors: readonly AnyActor[], hubs: MigrationStrategy): MigrationOf {
  const own = new Map(actors.map(({ name, behaviour }) => [name, behaviour.migration as MigrationStrategy | undefined]));
  return (actor) => own.get(actor) ?? hubs;
}

/** Which redundancy strategy actors of a kind have. */
export type RedundancyOf = (actor: string) => RedundancyStrategy;

/** The kinds of a node that have a redundancy strategy of their own. */
export function ownRedundancies(actors: readonly AnyActor[]): ReadonlyMap<string, RedundancyStrategy> {
  return new Map(
    actors.flatMap(({ name, behaviour: { redundancy } }) =>
      redundancy === undefined ? [] : [[name, redundancy as RedundancyStrategy] as const],
    ),
  );
}

/** Reads the redundancy strategies off the definitions of a node. */
export function redundancyOf(actors: readonly AnyActor[], hubs: RedundancyStrategy): RedundancyOf {
  const own = ownRedundancies(actors);
  return (actor) => own.get(actor) ?? hubs;
}
