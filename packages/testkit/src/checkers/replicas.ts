interface Entry {
  readonly id: string;
  readonly replicas: readonly { readonly node: string; readonly thread: number; readonly mode: "active" | "passive" }[];
}

/** What the check reads: a `Simulation` has it. */
export interface Copies {
  readonly nodes: readonly {
    readonly name: string;
    readonly state: string;
    readonly hub: {
      dump(): readonly Entry[];
      /** The nodes that may have a copy now, in the hub's eyes: those that drain may not. */
      explain(id: string): { readonly owners: readonly string[] };
    };
  }[];
  /** The passive copies that threads keep. */
  copies(): readonly { readonly place: string; readonly cell: { readonly id: string; readonly phase: string } }[];
  /** How many copies of an actor there are to be when so many nodes are up. */
  copiesOf(nodes: number): number;
  /** How many of so many serve. */
  activeOf(copies: number): number;
}

/**
 * R2: every node knows as many copies of an actor as the redundancy strategy wants and the nodes that may have one allow, and as many active
 * ones as it wants of these; the passive ones that are known, and no more, are kept.
 */
export function checkReplicas(sim: Copies): string[] {
  const problems: string[] = [];
  const up = sim.nodes.filter(({ state }) => state === "up");
  const kept = new Set(
    sim.copies().map(({ place, cell }) => {
      if (cell.phase !== "passive") problems.push(`R2: the copy of ${cell.id} at ${place} is ${cell.phase}`);
      const thread = place.slice(place.lastIndexOf("/") + 1).split(".")[0];
      return `${cell.id} at ${place.slice(0, place.indexOf("@"))}/${thread}`;
    }),
  );
  const [first] = up;
  for (const { id, replicas } of first?.hub.dump() ?? []) {
    const active = replicas.filter(({ mode }) => mode === "active");
    const owners = new Set([...(first?.hub.explain(id).owners ?? []), ...active.slice(0, 1).map(({ node }) => node)]);
    const wanted = Math.min(owners.size, sim.copiesOf(up.length));
    const serving = sim.activeOf(wanted);
    if (active.length !== serving)
      problems.push(`R2: ${id} has ${active.length} active copies${serving === 1 ? "" : `, and should have ${serving}`}`);
    if (replicas.length !== wanted) problems.push(`R2: ${id} has ${replicas.length} copies, and should have ${wanted}`);
    for (const { node, thread, mode } of replicas) {
      if (mode === "passive" && !kept.delete(`${id} at ${node}/${thread}`))
        problems.push(`R2: a copy of ${id} is registered at ${node}/${thread}, and is not kept there`);
    }
  }
  for (const copy of kept) problems.push(`R2: a copy of ${copy} is kept, and not registered`);
  return problems;
}
