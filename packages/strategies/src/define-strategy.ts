import { HubConfigError, type StrategyFamily } from "@process-hub/protocol";
import type { z } from "zod";
import type { Strategies } from "./any-strategy.js";
import type { PartitionStrategy } from "./partition/family.js";
import { parseSettings } from "./settings.js";
import type { Strategy } from "./strategy.js";

type Decisions<S> = Omit<S, keyof Strategy>;
type Made<S, Schema extends z.ZodObject> = S & { readonly settings: Readonly<z.output<Schema>> };
type Given<Schema extends z.ZodObject> =
  Record<never, never> extends z.input<Schema> ? [settings?: z.input<Schema>] : [settings: z.input<Schema>];

interface Of<Memory> extends Strategies {
  partition: PartitionStrategy<unknown, Memory>;
}

/** Makes a strategy from settings. Throws `HubConfigError` with the path, what was given and what is allowed. */
export type StrategyFactory<S, Schema extends z.ZodObject> = (...given: Given<Schema>) => Made<S, Schema>;

/** How a strategy is defined. */
export interface StrategyDefinition<Family extends StrategyFamily, Schema extends z.ZodObject, S> {
  readonly family: Family;
  /** Letters and digits, a small letter first. With the settings it is what nodes compare before they form a hub. */
  readonly name: string;
  /** `import.meta.url` of the module that exports the factory under `name`: needed for `ownThread`. */
  readonly module?: string | undefined;
  /** A z.strictObject of plain data; describe each field with what it allows, errors repeat it. */
  readonly settings: Schema;
  /** The family's answers, for settings that are checked and completed. They must depend on nothing else. */
  decide(settings: Readonly<z.output<Schema>>): Decisions<S>;
}

/** One of each family, told apart by `family`: the compiler then knows what `decide` has to give. */
type AnyDefinition<Schema extends z.ZodObject, Memory> = {
  [Family in StrategyFamily]: StrategyDefinition<Family, Schema, Of<Memory>[Family]>;
}[StrategyFamily];

/**
 * Defines a strategy of any family and gives the factory of it, to be used in the place of the built-in ones.
 *
 * The type of a partition strategy's memory is read from its `initialMemory`.
 *
 * @throws HubConfigError when the name is not one
 * @example
 * export const twoCopies = defineStrategy({
 *   family: "redundancy", name: "twoCopies", module: import.meta.url, settings: z.strictObject({}),
 *   decide: () => ({ replicas: () => 2, mode: () => "active", signals: "none", standby: false }),
 * });
 */
export function defineStrategy<Family extends StrategyFamily, Schema extends z.ZodObject, Memory>(
  definition: AnyDefinition<Schema, Memory> & { readonly family: Family },
): StrategyFactory<Of<Memory>[Family], Schema>;
export function defineStrategy(
  definition: StrategyDefinition<StrategyFamily, z.ZodObject, unknown>,
): (settings?: unknown) => Strategy {
  const { family, name, module } = definition;
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) {
    const allowed = "letters and digits, a small letter first";
    throw new HubConfigError(`defineStrategy.name: given ${JSON.stringify(name)}, allowed is ${allowed}`, {
      path: "defineStrategy.name",
      given: name,
      allowed,
    });
  }
  return (given) => {
    const settings = parseSettings(name, definition.settings, given);
    return Object.freeze({ ...definition.decide(settings), family, name, module, settings });
  };
}
