/**
 * Makes a strategy factory from a family, a name, a schema of settings and the decisions.
 * Without it each strategy would check, freeze and name its settings by itself, and a user's own could forget to.
 */
import { type HubConfigError, type StrategyFamily, shown, strategyAnswers } from "@process-hub/protocol";
import { z } from "zod";
import type { Strategies } from "./any-strategy.js";
import type { PartitionStrategy } from "./partition/family.js";
import { parseSettings, settingIsWrong } from "./settings.js";
import type { Strategy } from "./strategy.js";

type Decisions<S> = Omit<S, keyof Strategy>;
type Made<S, Schema extends z.ZodObject> = S & { readonly settings: Readonly<z.output<Schema>> };
type Given<Schema extends z.ZodObject> =
  Record<never, never> extends z.input<Schema> ? [settings?: z.input<Schema>] : [settings: z.input<Schema>];

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
  /** Settings in which the nodes of a hub may differ: no other node relies on them. They change by a rolling restart. Default: none. */
  readonly mayDiffer?: readonly (keyof z.output<Schema> & string)[] | undefined;
  /** The family's answers, for settings that are checked and completed. They must depend on nothing else. */
  decide(settings: Readonly<z.output<Schema>>): Decisions<S>;
}

/** How a partition strategy is defined. */
export interface PartitionDefinition<Schema extends z.ZodObject, Memory>
  extends StrategyDefinition<"partition", Schema, PartitionStrategy<unknown, NoInfer<Memory>>> {
  /** What it keeps from view to view: plain data. */
  readonly memory: z.ZodType<Memory>;
}

/** One of each family, told apart by `family`: the compiler then knows what `decide` has to give. */
type AnyDefinition<Schema extends z.ZodObject, Memory> =
  | { [F in Exclude<StrategyFamily, "partition">]: StrategyDefinition<F, Schema, Strategies[F]> }[Exclude<
      StrategyFamily,
      "partition"
    >]
  | PartitionDefinition<Schema, Memory>;

type Of<Family extends StrategyFamily, Memory> = Family extends "partition"
  ? PartitionStrategy<unknown, Memory>
  : Strategies[Family];

/**
 * Defines a strategy of any family and gives the factory of it, to be used in the place of the built-in ones.
 *
 * A partition strategy also has the schema of its `memory`.
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
): StrategyFactory<Of<Family, Memory>, Schema>;
export function defineStrategy(
  definition: StrategyDefinition<StrategyFamily, z.ZodObject, unknown> & { readonly memory?: z.ZodType },
): (settings?: unknown) => Strategy {
  if (typeof definition !== "object" || definition === null)
    throw wrong("defineStrategy", definition, "an object with family, name, settings and decide");
  const { family, name, module, memory, mayDiffer } = definition;
  const families = Object.keys(strategyAnswers);
  if (!families.includes(family)) throw wrong("defineStrategy.family", family, families.join(", "));
  if (!(definition.settings instanceof z.ZodObject))
    throw wrong("defineStrategy.settings", definition.settings, "a z.strictObject, the schema of the settings");
  if (typeof definition.decide !== "function")
    throw wrong("defineStrategy.decide", definition.decide, "a function of the settings that gives the family's answers");
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) throw wrong("defineStrategy.name", name, "letters and digits, a small letter first");
  return (given) => {
    const settings = parseSettings(name, definition.settings, given);
    const decisions: { readonly initialMemory?: unknown } = definition.decide(settings);
    const problem = memory?.safeParse(decisions.initialMemory).error;
    if (problem)
      throw wrong(`${name}.initialMemory`, decisions.initialMemory, `what its memory may be: ${problem.issues[0]?.message}`);
    return Object.freeze({ ...decisions, family, name, module, settings, ...(mayDiffer === undefined ? {} : { mayDiffer }) });
  };
}

function wrong(path: string, given: unknown, allowed: string): HubConfigError {
  return settingIsWrong(path, shown(given), allowed);
}
