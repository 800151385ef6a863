/*
 * Measures what it costs that a standby has the state before the reply leaves: asks to actors with replicas, by `acknowledge`.
 * Without it nobody could weigh the safety of a reply against its price.
 */
import { child, createHub, type Hub, memoryNetwork, replication } from "process-hub";
import { Echo } from "./echo.actor.js";
import { interleaved, type Rates, withInFlight } from "./rounds.js";

const inFlight = 1_000;
const nodes = ["a", "b", "c"];

/**
 * Asks to actors of the first of three nodes of this process, each with two standbys on the others, 1,000 in flight: replies that wait for
 * none of these, for one, and for both.
 */
export async function measureAcknowledgements(count: number, rounds: number): Promise<Rates[]> {
  const clusters: { name: string; hubs: Hub[] }[] = [];
  try {
    for (const acknowledge of ["none", "standby", "majority"] as const) {
      const network = memoryNetwork();
      const id = `bench-${acknowledge}`;
      const redundancy = replication({ factor: 3, acknowledge });
      const made = nodes.map((node) =>
        createHub({ id, node, threads: 1, actors: [Echo], transport: network.transport(), redundancy }),
      );
      clusters.push({ name: `acknowledge: "${acknowledge}"`, hubs: await Promise.all(made) });
    }
    const works = clusters.map(async ({ name, hubs: [hub] }) => {
      if (hub === undefined) throw new Error("a cluster without nodes");
      const { errors } = await hub.startChildren(Array.from({ length: inFlight }, (_, i) => child(Echo, { id: `echo-${i}` })));
      if (errors[0] !== undefined) throw errors[0].error;
      const refs = Array.from({ length: inFlight }, (_, i) => hub.ref(Echo, `echo-${i}`));
      const run = (n: number): Promise<void> =>
        withInFlight(n, inFlight, async (i) => {
          const answer = await refs[i % inFlight]?.ask("echo", { n: i }, { timeoutMs: 60_000 });
          if (answer !== i) throw new Error(`asked ${i}, was answered ${String(answer)}`);
        });
      return { name, run };
    });
    return await interleaved(await Promise.all(works), count, rounds);
  } finally {
    await Promise.all(clusters.flatMap(({ hubs }) => hubs.map((hub) => hub.close())));
  }
}
