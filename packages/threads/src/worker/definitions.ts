import { type Behaviour, isActorDefinition } from "@process-hub/actor";
import { type ActorModule, StartFailed } from "@process-hub/protocol";

/** The definitions of a list of modules, by actor name. Rejects with `StartFailed` for a module that cannot be imported or does not export its actor. */
export async function importDefinitions(actors: readonly ActorModule[]): Promise<Map<string, Behaviour>> {
  const behaviours = new Map<string, Behaviour>();
  for (const { name, module } of actors) {
    let exported: Record<string, unknown>;
    try {
      exported = await import(module);
    } catch (error) {
      throw new StartFailed(
        `the module of actor ${name} cannot be imported: ${error instanceof Error ? error.message : String(error)}`,
        { actor: name, module },
        error,
      );
    }
    const definition = Object.values(exported).find((value) => isActorDefinition(value) && value.name === name);
    if (!isActorDefinition(definition)) {
      throw new StartFailed(`${module} does not export the definition of actor ${name}: export what defineActor returns`, {
        actor: name,
        module,
      });
    }
    behaviours.set(name, definition.behaviour);
  }
  return behaviours;
}
