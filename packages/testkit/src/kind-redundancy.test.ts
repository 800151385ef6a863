import { defineActor } from "@process-hub/actor";
import { replication } from "@process-hub/strategies";
import { expect, test } from "vitest";
import { z } from "zod";
import { simulate } from "./simulate.js";

const head = { module: import.meta.url, state: z.object({ n: z.number() }), init: () => ({ n: 0 }) };
const adds = { input: z.number(), output: z.number() };
const Account = defineActor({ ...head, name: "account", redundancy: replication({ acknowledge: "standby" }) }).on(
  "add",
  adds,
  (state, by) => {
    state.n += by;
    return state.n;
  },
);
const Cache = defineActor({ ...head, name: "cache" }).on("add", adds, (state, by) => {
  state.n += by;
  return state.n;
});
const ids = Array.from({ length: 8 }, (_, i) => i);

test.each([1, 2, 3])("a kind with a redundancy of its own keeps what it answered, the others begin anew (seed %i)", (seed) =>
  simulate({ seed, nodes: 3, actors: [Account, Cache] }, async (sim) => {
    const hub = sim.hub(0);
    for (const i of ids) await hub.start(Account, { id: `account-${i}` });
    for (const i of ids) await hub.start(Cache, { id: `cache-${i}` });
    await hub.settled({ timeoutMs: 60_000 });
    const onTwo = ids.filter((i) => hub.lookup(`cache-${i}`)?.replicas[0]?.node === "node-2");
    for (const i of ids) {
      expect(await hub.ref(Account, `account-${i}`).ask("add", 5)).toBe(5);
      expect(await hub.ref(Cache, `cache-${i}`).ask("add", 5)).toBe(5);
      expect([hub.lookup(`account-${i}`), hub.lookup(`cache-${i}`)].map((entry) => entry?.replicas.length)).toEqual([2, 1]);
    }
    expect(hub.explain("account-0").strategies.redundancy.name).toBe("replication");
    expect(hub.explain("cache-0").strategies.redundancy.name).toBe("singularity");
    sim.crash(2);
    await hub.settled({ timeoutMs: 60_000 });
    for (const i of ids) {
      expect(await hub.ref(Account, `account-${i}`).ask("add", 1)).toBe(6);
      expect(await hub.ref(Cache, `cache-${i}`).ask("add", 1)).toBe(onTwo.includes(i) ? 1 : 6);
    }
    await sim.check();
  }),
);
