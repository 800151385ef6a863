/*
 * Measures asks from node to node over the memory network, without a secret and with one, against those within a node.
 * Without it a change that makes the way between nodes dearer would go unnoticed, and nobody could weigh the cost of a secret.
 */
import { type ActorRef, createHub, type Hub, memoryNetwork } from "process-hub";
import { Echo } from "../echo.actor.js";
import { startEchoes } from "../echoes.js";
import { type Contender, interleaved, withInFlight } from "../rounds.js";
import type { Role, Row } from "../row.js";
import { verify } from "../verify.js";

const inFlight = 1_000;

/** Asks to actors of another node of this process, 1,000 in flight. */
export const nodeToNode: Row = {
  name: "node-to-node",
  what: "ask, node to node over the memory network, 1,000 in flight",
  floor: "the same within a node",
  async measure(quick) {
    const hubs: Hub[] = [];
    const open = async (id: string, node: string, more: Partial<Parameters<typeof createHub>[0]>): Promise<Hub> => {
      const hub = await createHub({ id, node, threads: 1, actors: [Echo], ...more });
      hubs.push(hub);
      return hub;
    };
    const pair = async (id: string, secret: { readonly secret?: string }): Promise<ActorRef<typeof Echo>[]> => {
      const network = memoryNetwork();
      const from = await open(id, "from", { transport: network.transport(), ...secret });
      await open(id, "to", { transport: network.transport(), ...secret });
      return startEchoes(from, inFlight, "to");
    };
    const contender = (name: string, role: Role, refs: readonly ActorRef<typeof Echo>[]): Contender => ({
      ...{ name, role },
      run: (count) => withInFlight(count, inFlight, async (n) => verify(await refs[n % inFlight]?.ask("echo", { n }), n)),
    });
    try {
      const figures = await interleaved(
        [
          contender("node to node", "subject", await pair("bench-plain", {})),
          contender(
            "node to node, with a secret",
            "subject",
            await pair("bench-secret", { secret: "a secret of the benchmark" }),
          ),
          contender("within a node", "floor", await startEchoes(await open("bench-within", "one", {}), inFlight)),
        ],
        quick ? 20_000 : 60_000,
        quick ? 5 : 7,
      );
      return { unit: "per second", figures };
    } finally {
      for (const hub of hubs) await hub.close();
    }
  },
};
