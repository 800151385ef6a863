/*
 * Measures what a hub's secret costs: asks from node to node, with one and without.
 * Without it nobody could weigh the cost of proving who speaks.
 */
import { child, createHub, type Hub, memoryNetwork } from "process-hub";
import { Echo } from "./echo.actor.js";
import { interleaved, type Rates, withInFlight } from "./rounds.js";

const inFlight = 1_000;

/** Asks to actors of another node of this process, 1,000 in flight: without a secret, then with one. */
export async function measureSecrets(count: number, rounds: number): Promise<Rates[]> {
  const pairs = [await pair("bench-plain", undefined), await pair("bench-secret", "a secret of the benchmark")];
  try {
    return await interleaved(
      pairs.map(({ from, name }) => {
        const refs = Array.from({ length: inFlight }, (_, i) => from.ref(Echo, `echo-${i}`));
        return {
          name,
          run: (n) =>
            withInFlight(n, inFlight, async (i) => {
              const answer = await refs[i % inFlight]?.ask("echo", { n: i });
              if (answer !== i) throw new Error(`asked ${i}, was answered ${String(answer)}`);
            }),
        };
      }),
      count,
      rounds,
    );
  } finally {
    for (const { from, to } of pairs) await Promise.all([from.close(), to.close()]);
  }
}

async function pair(id: string, secret: string | undefined): Promise<{ name: string; from: Hub; to: Hub }> {
  const network = memoryNetwork();
  const node = (name: string): Promise<Hub> =>
    createHub({
      ...{ id, node: name, threads: 1, actors: [Echo], transport: network.transport() },
      ...(secret === undefined ? {} : { secret }),
    });
  const [from, to] = [await node("from"), await node("to")];
  const { errors } = await from.startChildren(
    Array.from({ length: inFlight }, (_, i) => child(Echo, { id: `echo-${i}`, nodes: ["to"] })),
  );
  if (errors[0] !== undefined) throw errors[0].error;
  return { name: secret === undefined ? "node to node" : "node to node, with a secret", from, to };
}
