import { describe, expect, test } from "vitest";
import { Worker } from "./fixtures/worker.actor.js";
import { type Simulation, simulate } from "./index.js";

const ids = ["a", "b", "c", "d"];
const roads: [string, Record<string, string[]>][] = [
  ["on one node", Object.fromEntries(ids.map((id) => [id, ["node-0"]]))],
  ["over nodes", Object.fromEntries(ids.map((id, index) => [id, [`node-${index % 3}`]]))],
];

async function workers(sim: Simulation, nodes: Record<string, string[]>): Promise<void> {
  for (const id of ids) await sim.hub(0).start(Worker, { id, nodes: nodes[id] });
  await sim.until("all know them", () => [0, 1, 2].every((at) => sim.hub(at).list("global").length === ids.length));
}

describe.each(roads)("%s", (_, nodes) => {
  const story = (seed: number, tell: (sim: Simulation) => Promise<void>): Promise<void> =>
    simulate({ seed, nodes: 3, actors: [Worker] }, async (sim) => {
      await workers(sim, nodes);
      await tell(sim);
      await sim.check();
    });
  const ref = (sim: Simulation, id: string) => sim.hub(0).ref(Worker, id);

  test.each([
    [["a"], "a > a"],
    [["b", "a"], "a > b > a"],
    [["b", "c", "d", "b"], "b > c > d > b"],
    [["b", "b"], "b > b"],
  ])("a chain of asks that leads back is refused within 50 ms, with its path: a, then %j", (way, path) =>
    story(1, async (sim) => {
      const atMs = sim.nowMs;
      const error = await ref(sim, "a")
        .ask("chain", way)
        .then(String, (cause) => cause);
      expect(error).toMatchObject({ code: "AskCycle", fields: { path: path.split(" > ") } });
      expect(error.message).toContain(path);
      expect(sim.nowMs - atMs).toBeLessThan(50);
      expect(await ref(sim, "a").ask("chain", ["b", "c"])).toBe("a b c");
    }),
  );

  test.each([1, 2, 3])(
    "asks of unrelated callers that wait for each other: one of them is refused, the others are answered (seed %i)",
    (seed) =>
      story(seed, async (sim) => {
        const atMs = sim.nowMs;
        const circle = ["a", "b", "c"].map((id, at) =>
          ref(sim, id)
            .ask("chain", [["b", "c", "a"][at] ?? ""])
            .catch((error) => error),
        );
        const outcomes = await Promise.all(circle);
        const refused = outcomes.filter((outcome) => typeof outcome !== "string");
        if (refused.length > 0) expect(sim.nowMs - atMs).toBeLessThan(50);
        expect(refused.length).toBeLessThanOrEqual(1);
        for (const { code, fields } of refused) {
          expect([code, fields.path.length, fields.path[0]]).toEqual(["AskCycle", 4, fields.path[3]]);
        }
      }),
  );

  test("two that hold each other: one is told so, and both go on", () =>
    story(4, async (sim) => {
      // Each is busy when the ask of the other comes.
      const asks = [ref(sim, "a").ask("hold", ["c", "b"]), ref(sim, "b").ask("hold", ["d", "a"])];
      const atMs = sim.nowMs;
      await Promise.all(asks);
      expect(sim.nowMs - atMs).toBeLessThan(50);
      const [a, b] = [await ref(sim, "a").ask("seen"), await ref(sim, "b").ask("seen")];
      expect([...a.ended, ...b.ended]).toHaveLength(1);
      expect(["AskCycle a > b > a", "AskCycle b > a > b"]).toContain([...a.ended, ...b.ended][0]);
      expect([...a.done, ...b.done]).toHaveLength(1);
    }));

  test("a bank whose accounts pay each other in any direction: each payment is made or refused by name, and no coin is lost", () =>
    story(6, async (sim) => {
      for (const id of ids) for (let n = 0; n < 10; n++) await ref(sim, id).ask("note", "coin");
      const pairs = ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => [from, to] as const));
      const paid = await Promise.allSettled([...pairs, ...pairs].map(([from, to]) => ref(sim, from).ask("pay", to)));
      const codes = paid.flatMap((each) => (each.status === "rejected" ? [(each.reason as { code: string }).code] : []));
      expect(new Set([...codes, "AskCycle"])).toEqual(new Set(["AskCycle"]));
      const states = await Promise.all(ids.map((id) => ref(sim, id).ask("seen")));
      expect(states.reduce((sum, { done }) => sum + done.length, 0)).toBe(40);
    }));

  test("a concurrent message on the way is no cycle; one that asks on into its own actor's mailbox is", () =>
    story(7, async (sim) => {
      expect(await ref(sim, "a").ask("chainThenBeside", ["a"])).toBe("a a!");
      expect(await ref(sim, "a").ask("chainThenBeside", ["b", "c"])).toBe("a b! c");
      const atMs = sim.nowMs;
      for (const [way, path] of [
        [["a", "a"], "a > a > a"],
        [["b", "a"], "a > b > a"],
        [["a", "b", "a"], "a > a > b > a"],
      ] as const) {
        const error = await ref(sim, "a")
          .ask("chainThenBeside", [...way])
          .then(String, (cause) => cause);
        expect(error).toMatchObject({ code: "AskCycle", fields: { path: path.split(" > ") } });
      }
      expect(sim.nowMs - atMs).toBeLessThan(150);
    }));

  test("what only looks like a cycle is none: two ways to one actor, an ask that nobody waits for, a slow one", () =>
    story(5, async (sim) => {
      expect(await ref(sim, "a").ask("both", ["b", "c"])).toEqual(["b d", "c d"]);
      for (const id of ["b", "c"]) await ref(sim, "a").ask("later", id);
      await sim.run(100);
      const controller = new AbortController();
      const slow = ref(sim, "a")
        .ask("work", ["b"], { signal: controller.signal })
        .catch(() => "aborted");
      const behind = ["a", "b"].map((id) => ref(sim, "c").ask("chain", [id]));
      await sim.run(500);
      controller.abort();
      expect(await Promise.all([slow, ...behind])).toEqual(["aborted", "c a", "c b"]);
    }));
});
