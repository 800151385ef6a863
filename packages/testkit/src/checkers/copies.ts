interface Entry {
  readonly id: string;
  readonly replicas: readonly { readonly node: string; readonly thread: number; readonly mode: "active" | "passive" }[];
}

/** What the check reads: a `Simulation` has it. */
export interface Copies {
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly hub: { dump(): readonly Entry[] } }[];
  /** The passive copies that threads keep. */
  copies(): readonly { readonly place: string; readonly cell: { readonly id: string; readonly phase: string } }[];
  /** How many copies of an actor there are to be when so many nodes are up. */
  copiesOf(nodes: number): number;
}

/** R2: every node knows one active copy of an actor, and as many others as the redundancy strategy wants; these, and no more, are kept. */
export function checkCopies(sim: Copies): string[] {
  const problems: string[] = [];
  const up = sim.nodes.filter(({ state }) => state === "up");
  const wanted = Math.min(up.length, sim.copiesOf(up.length));
  const kept = new Set(
    sim.copies().map(({ place, cell }) => {
      if (cell.phase !== "passive") problems.push(`R2: the copy of ${cell.id} at ${place} is ${cell.phase}`);
      const thread = place.slice(place.lastIndexOf("/") + 1).split(".")[0];
      return `${cell.id} at ${place.slice(0, place.indexOf("@"))}/${thread}`;
    }),
  );
  const [first] = up;
  for (const { id, replicas } of first?.hub.dump() ?? []) {
    const active = replicas.filter(({ mode }) => mode === "active").length;
    if (active !== 1) problems.push(`R2: ${id} has ${active} active copies`);
    if (replicas.length !== wanted) problems.push(`R2: ${id} has ${replicas.length} copies, and should have ${wanted}`);
    for (const { node, thread, mode } of replicas) {
      if (mode === "passive" && !kept.delete(`${id} at ${node}/${thread}`))
        problems.push(`R2: a copy of ${id} is registered at ${node}/${thread}, and is not kept there`);
    }
  }
  for (const copy of kept) problems.push(`R2: a copy of ${copy} is kept, and not registered`);
  return problems;
}
