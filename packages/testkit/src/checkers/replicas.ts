/*
 * Checks promise R2: there are as many replicas as the redundancy strategy wants.
 * Without it lost replicas would never be replaced, and surplus ones never ended, unseen.
 */
interface Entry {
  readonly id: string;
  readonly actor: string;
  readonly replicas: readonly { readonly node: string; readonly thread: number; readonly mode: "active" | "passive" }[];
}

/** The replicas and wishes that the check reads, as a `Simulation` has them. */
export interface ReplicasAtRest {
  readonly nodes: readonly {
    readonly name: string;
    readonly state: string;
    readonly hub: {
      dump(): readonly Entry[];
      /** The nodes that may have a replica now, as the hub sees it; draining nodes may not. */
      explain(id: string): { readonly owners: readonly string[]; readonly state?: string };
    };
  }[];
  /** The passive replicas that threads keep. */
  passiveReplicas(): readonly { readonly place: string; readonly cell: { readonly id: string; readonly phase: string } }[];
  /** How many replicas of an actor of a kind there are to be when this many nodes are up. */
  replicasOf(nodes: number, actor: string): number;
  /** How many of this many replicas are active. */
  activeOf(replicas: number, actor: string): number;
}

/** An id that no actor has: every node that takes actors may run it, unless starters name nodes. */
const noActor = "no actor";

/**
 * R2: every node knows as many replicas of an actor as the redundancy strategy wants and the present nodes allow, and as many active ones
 * as it wants of these. A node that drains counts for the actors alone that could not leave it. Exactly the registered passive replicas are
 * kept in threads, and those of actors that wait for their own nodes.
 */
export function checkReplicas(sim: ReplicasAtRest): string[] {
  const problems: string[] = [];
  const up = sim.nodes.filter(({ state }) => state === "up");
  const kept = new Set(
    sim
      .passiveReplicas()
      .filter(({ cell }) => up[0]?.hub.explain(cell.id).state !== "waiting")
      .map(({ place, cell }) => {
        if (cell.phase !== "passive") problems.push(`R2: the replica of ${cell.id} at ${place} is ${cell.phase}`);
        const thread = place.slice(place.lastIndexOf("/") + 1).split(".")[0];
        return `${cell.id} at ${place.slice(0, place.indexOf("@"))}/${thread}`;
      }),
  );
  const [first] = up;
  const entries = first?.hub.dump() ?? [];
  const taking = new Set([noActor, ...entries.map(({ id }) => id)].flatMap((id) => first?.hub.explain(id).owners ?? []));
  for (const { id, actor, replicas } of entries) {
    const active = replicas.filter(({ mode }) => mode === "active");
    const owners = new Set([...(first?.hub.explain(id).owners ?? []), ...active.slice(0, 1).map(({ node }) => node)]);
    const wanted = Math.min(owners.size, sim.replicasOf(taking.size, actor));
    const serving = sim.activeOf(wanted, actor);
    if (active.length !== serving)
      problems.push(`R2: ${id} has ${active.length} active replicas${serving === 1 ? "" : `, and should have ${serving}`}`);
    if (replicas.length !== wanted) problems.push(`R2: ${id} has ${replicas.length} replicas, and should have ${wanted}`);
    for (const { node, thread, mode } of replicas) {
      if (mode === "passive" && !kept.delete(`${id} at ${node}/${thread}`))
        problems.push(`R2: a replica of ${id} is registered at ${node}/${thread}, and is not kept there`);
    }
  }
  for (const replica of kept) problems.push(`R2: a replica of ${replica} is kept, and not registered`);
  return problems;
}
