/*
 * Asks the distribution strategy, which may be a user's, where actors belong, and checks its answers.
 * Without it an error of the strategy, or a node that does not exist, would break starts and redistributions.
 */
import { type NodeName, StartFailed, shown } from "@process-hub/protocol";
import type { ClusterView, DistributionStrategy, Placeable, Placement } from "@process-hub/strategies";

type Log = (level: "error", message: string, data: unknown) => void;

/**
 * Where actors belong in one view, by a distribution strategy. An error of the strategy, or a wrong answer, is logged once for the view and
 * counts as "no node": an actor that runs stays where it is, and an actor that does not run waits.
 */
export class GuardedPlacement {
  readonly #strategy: DistributionStrategy;
  readonly #view: ClusterView;
  readonly #nodes: ReadonlySet<string>;
  readonly #log: Log;
  #placed: Placement | undefined;
  #told = false;

  constructor(strategy: DistributionStrategy, view: ClusterView, log: Log) {
    this.#strategy = strategy;
    this.#view = view;
    this.#nodes = new Set(view.nodes.map(({ node }) => node));
    this.#log = log;
  }

  /** True when the strategy names a registrar of its own, which may differ from the first owner. */
  get hasRegistrar(): boolean {
    return this.#guarded(() => this.#placement().registrar !== undefined, false);
  }

  /** At most `count` nodes of the view, the owner first; none when the strategy fails. */
  owners(child: Placeable, count: number): readonly NodeName[] {
    return this.#guarded(() => this.#owners(child, count), []);
  }

  /** The node that admits an id; undefined when no node can run it, or the strategy fails. */
  registrarOf(child: Placeable): NodeName | undefined {
    return this.#guarded(() => this.#registrarOf(child), undefined);
  }

  /** Why the strategy names no node for an actor; undefined when it did not fail. The strategy is asked again for this. */
  failureOf(child: Placeable): StartFailed | undefined {
    try {
      this.#registrarOf(child);
      this.#owners(child, 1);
      return undefined;
    } catch (error) {
      return strategyFailure(this.#strategy, child.id, error);
    }
  }

  #placement(): Placement {
    if (this.#placed !== undefined) return this.#placed;
    const placed: unknown = this.#strategy.place(this.#view);
    if (typeof (placed as Partial<Placement> | undefined)?.owners !== "function")
      throw new Error(`its place() gave ${shown(placed)}, which has no function owners`);
    this.#placed = placed as Placement;
    return this.#placed;
  }

  #owners(child: Placeable, count: number): readonly NodeName[] {
    const owners: unknown = this.#placement().owners(child, count);
    if (!Array.isArray(owners)) throw new Error(`its owners() gave ${shown(owners)}, which is no list of nodes`);
    for (const owner of owners) this.#member(owner);
    return owners as readonly NodeName[];
  }

  #registrarOf(child: Placeable): NodeName | undefined {
    const registrar = this.#placement().registrar?.(child);
    return registrar === undefined ? this.#owners(child, 1)[0] : this.#member(registrar);
  }

  #member(node: unknown): NodeName {
    if (typeof node === "string" && this.#nodes.has(node)) return node;
    throw new Error(`it named ${shown(node)}, which is no node of its view (${[...this.#nodes].join(", ") || "an empty one"})`);
  }

  #guarded<T>(ask: () => T, failed: T): T {
    try {
      return ask();
    } catch (error) {
      if (!this.#told) this.#log("error", `the distribution strategy ${this.#strategy.name} failed: ${textOf(error)}`, error);
      this.#told = true;
      return failed;
    }
  }
}

/** The error of a start whose strategy threw `error`. */
export function strategyFailure(
  { family, name }: { readonly family: string; readonly name: string },
  id: string,
  error: unknown,
): StartFailed {
  const text = `actor ${id}: the ${family} strategy ${name} failed: ${textOf(error)}`;
  return new StartFailed(text, { id, family, strategy: name }, error);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : shown(error);
}
