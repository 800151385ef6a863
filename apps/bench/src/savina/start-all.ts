/*
 * Starts many actors of one kind in one batch.
 * Without it each program would start them one by one, or forget to look at the errors of the batch.
 */
import type { Hub } from "process-hub";
import type { ActorRef, AnyActor, StartOptions } from "process-hub/actor";

type ArgsOf<A> = A extends { readonly types?: { readonly args: infer Args } } ? Args : unknown;

/** Starts the actors and gives their references in the order of `options`. Rejects with the error of the first that did not start. */
export async function startAll<A extends AnyActor>(
  hub: Hub,
  actor: A,
  options: readonly StartOptions<ArgsOf<A>>[],
): Promise<ActorRef<A>[]> {
  const { errors } = await hub.startChildren(options.map((one) => ({ actor, options: one })));
  if (errors[0] !== undefined) throw errors[0].error;
  return options.map(({ id }) => hub.ref(actor, id));
}
