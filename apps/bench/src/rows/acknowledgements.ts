/*
 * Measures what it costs that a standby has the state before the reply leaves: asks to actors with replicas, by `acknowledge`.
 * Without it nobody could weigh the safety of a reply against its price.
 */
import { createHub, type Hub, memoryNetwork, replication } from "process-hub";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { type Contender, interleaved, withInFlight } from "../rounds.js";
import type { Row } from "../row.js";
import { verify } from "../verify.js";

const inFlight = 1_000;
const nodes = ["a", "b", "c"];

/** Asks to actors of the first of three nodes of this process, each with two standbys: replies that wait for none of these, for one, and for both. */
export const acknowledgements: Row = {
  name: "acknowledgements",
  what: "ask, two standbys on other nodes, 1,000 in flight",
  floor: "the same without standbys",
  async measure(quick) {
    const hubs: Hub[] = [];
    const contender = async (name: string, id: string, options: Partial<Parameters<typeof createHub>[0]>): Promise<Contender> => {
      const network = memoryNetwork();
      const made: Hub[] = [];
      for (const node of nodes)
        made.push(await createHub({ id, node, threads: 1, actors: [Echo], transport: network.transport(), ...options }));
      hubs.push(...made);
      const [hub] = made;
      if (hub === undefined) throw new Error("a cluster without nodes");
      const refs = await startEchoes(hub, inFlight);
      const run = (count: number): Promise<void> =>
        withInFlight(count, inFlight, async (n) =>
          verify(await refs[n % inFlight]?.ask("echo", { n }, { timeoutMs: 60_000 }), n),
        );
      return { name, role: id === "bench-alone" ? "floor" : "subject", run };
    };
    try {
      const contenders = [await contender("no standbys", "bench-alone", {})];
      for (const acknowledge of ["none", "standby", "majority"] as const)
        contenders.push(
          await contender(`acknowledge: "${acknowledge}"`, `bench-${acknowledge}`, {
            redundancy: replication({ factor: 3, acknowledge }),
          }),
        );
      const figures = await interleaved(contenders, quick ? 10_000 : 30_000, quick ? 3 : 5);
      return { unit: "per second", figures };
    } finally {
      await Promise.all(hubs.map((hub) => hub.close()));
    }
  },
};
