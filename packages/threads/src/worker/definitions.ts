import { type Behaviour, isActorDefinition } from "@process-hub/actor";
import { type ActorModule, exportedParts, StartFailed } from "@process-hub/protocol";

/**
 * The definitions of a list of modules, by actor name.
 * Without its checks a thread would start that cannot run what it is sent.
 * Rejects with `StartFailed` for a module that cannot be imported, does not export its actor, or makes a hub as it is imported, whatever it
 * does with the refusal. `refused`: where this thread keeps refused hubs; `load`: how a module is imported.
 */
export async function importDefinitions(
  actors: readonly ActorModule[],
  refused: readonly Error[] = [],
  load: (module: string) => Promise<Readonly<Record<string, unknown>>> = (module) => import(module),
): Promise<Map<string, Behaviour>> {
  const behaviours = new Map<string, Behaviour>();
  for (const { name, module } of actors) {
    const exported = await imported(name, module, load);
    const [hub] = refused;
    if (hub !== undefined)
      throw failed(`the module of actor ${name} makes a hub as it is imported: ${hub.message}`, name, module, hub);
    const definition = exportedParts(exported)
      .flatMap((part) => Object.values(part))
      .find((value) => isActorDefinition(value) && value.name === name);
    if (!isActorDefinition(definition))
      throw failed(`${module} does not export the definition of actor ${name}: export what defineActor returns`, name, module);
    behaviours.set(name, definition.behaviour);
  }
  return behaviours;
}

async function imported(
  name: string,
  module: string,
  load: (module: string) => Promise<Readonly<Record<string, unknown>>>,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await load(module);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw failed(`the module of actor ${name} cannot be imported: ${why}`, name, module, error);
  }
}

function failed(text: string, actor: string, module: string, cause?: unknown): StartFailed {
  return new StartFailed(text, { actor, module }, cause);
}
