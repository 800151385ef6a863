/*
 * Checks promise P6: all registries agree at rest, and with what runs.
 * Without it nodes could disagree for ever about where an actor is.
 */
interface Entry {
  readonly id: string;
  readonly replicas: readonly {
    readonly node: string;
    readonly thread: number;
    readonly epoch: number;
    readonly mode: "active" | "passive";
  }[];
}

/** The registries that the check reads, as a `Simulation` has them. */
export interface Registries {
  readonly nodes: readonly {
    readonly name: string;
    readonly state: string;
    readonly hub: {
      dump(): readonly Entry[];
      stats(): { readonly registry: { readonly orphans: number; readonly waiting: number } };
    };
  }[];
  cells(): readonly { readonly place: string; readonly cell: { readonly id: string; readonly epoch: number } }[];
}

/**
 * P6: all nodes hold the same registry; it names exactly the actors that run, each active replica once, where it runs. Passive replicas run
 * nothing; an actor that may run on no present node (guided) waits for its own node.
 */
export function checkConvergence(sim: Registries): string[] {
  const problems: string[] = [];
  const up = sim.nodes.filter(({ state }) => state === "up");
  const dumps = up.map(({ name, hub }) => ({
    name,
    entries: new Map(hub.dump().map((entry) => [entry.id, JSON.stringify(entry)])),
  }));
  const [first, ...others] = dumps;
  if (first === undefined) return [];
  for (const other of others) {
    for (const id of new Set([...first.entries.keys(), ...other.entries.keys()])) {
      const [a, b] = [first.entries.get(id), other.entries.get(id)];
      if (a !== b) problems.push(`P6: of ${id}, ${first.name} knows ${a ?? "nothing"}, ${other.name} ${b ?? "nothing"}`);
    }
  }
  const running = new Map<string, string[]>();
  for (const { place, cell } of sim.cells()) {
    running.set(cell.id, [
      ...(running.get(cell.id) ?? []),
      `${place.slice(0, place.indexOf("@"))}/${place.slice(place.lastIndexOf("/") + 1).split(".")[0]} epoch ${cell.epoch}`,
    ]);
  }
  for (const entry of up[0]?.hub.dump() ?? []) {
    const active = entry.replicas.filter(({ mode }) => mode === "active");
    const known = active.map(({ node, thread, epoch }) => `${node}/${thread} epoch ${epoch}`);
    const there = running.get(entry.id) ?? [];
    if (known.toSorted().join() !== there.toSorted().join())
      problems.push(`P6: ${entry.id} is registered at ${known.join()}, and runs at ${there.join() || "no place"}`);
    running.delete(entry.id);
  }
  for (const { name, hub } of up) {
    const { orphans, waiting } = hub.stats().registry;
    if (orphans > waiting)
      problems.push(`P6: ${name} knows ${orphans - waiting} actors that died with their nodes and that nobody has started again`);
  }
  for (const [id, places] of running) problems.push(`P6: ${id} runs at ${places.join()}, and is not registered`);
  return problems;
}
