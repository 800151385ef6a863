import { type ActorContext, type AnyActor, defineActor, type Lifecycle } from "@process-hub/actor";
import type { HubEvents } from "@process-hub/cluster";
import { hotSwap } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { gate } from "./fixtures/gate.js";
import { simulate } from "./simulate.js";
import type { Simulation, SimulationOptions } from "./simulation.js";

const Notes = z.object({ lines: z.array(z.string()), merges: z.int() });
type Notes = z.output<typeof Notes>;
type Merge = NonNullable<Lifecycle<Notes>["conflict"]>;

const union: Merge = (mine, theirs) => ({
  lines: [...new Set([...mine.lines, ...theirs.lines])].sort(),
  merges: mine.merges + theirs.merges + 1,
});

/** Keeps what it is told, says where, and takes its time over `hold` until the gate of its node opens. */
const board = (lifecycle: Lifecycle<Notes>, hold: (ctx: ActorContext) => Promise<void> = async () => {}) =>
  defineActor({ name: "board", module: import.meta.url, state: Notes, init: () => ({ lines: [] as string[], merges: 0 }) })
    .on("note", { input: z.string() }, (state, line, ctx) => void state.lines.push(`${line}@${ctx.node}`))
    .on("read", { output: Notes }, (state) => state)
    .on("hold", {}, (_state, _input, ctx) => hold(ctx))
    .lifecycle(lifecycle);

interface Scene {
  readonly sim: Simulation;
  /** The node that ran it all along, and one that began it anew during the cut. */
  readonly old: number;
  readonly young: number;
  readonly conflicts: HubEvents["conflict"][];
  readonly errors: string[];
}

/** A cut between the host of "b" and the others, until both sides run it; each side notes a line of its own. */
function torn(
  actor: ReturnType<typeof board>,
  story: (scene: Scene) => Promise<void>,
  { seed, faults }: Pick<SimulationOptions, "seed" | "faults"> = { seed: 7 },
): Promise<void> {
  const actors: readonly AnyActor[] = [actor];
  return simulate(
    { seed, nodes: 3, actors, ...(faults === undefined ? {} : { faults }), hub: { migration: hotSwap() } },
    async (sim) => {
      const conflicts: HubEvents["conflict"][] = [];
      const errors: string[] = [];
      for (const { hub } of sim.nodes) {
        hub.on("conflict", (conflict) => conflicts.push(conflict));
        hub.on("log", ({ level, message }) => level === "error" && errors.push(message));
      }
      const index = (i: number): number => Number(sim.hub(i).lookup("b")?.replicas[0]?.node.split("-")[1]);
      await sim.hub(0).start(actor, { id: "b" });
      const old = index(0);
      const others = [0, 1, 2].filter((i) => i !== old);
      await sim.hub(old).ref(actor, "b").ask("note", "before");
      await sim.until("all know of it", () => others.every((i) => index(i) === old));
      sim.cut([[old], others]);
      await sim.until("the other side runs it too", () =>
        others.every((i) => index(i) !== old && sim.hub(i).lookup("b") !== undefined),
      );
      const young = index(others[0] as number);
      await sim.hub(old).ref(actor, "b").ask("note", "old");
      await sim.hub(young).ref(actor, "b").ask("note", "young");
      await story({ sim, old, young, conflicts, errors });
      await sim.check();
    },
  );
}

const settled = ({ sim, conflicts }: Scene): Promise<void> =>
  sim.until("one life is left", () => {
    const duplicates = sim.cells().filter(({ cell }) => cell.id === "b");
    return conflicts.length > 0 && duplicates.length === 1 && duplicates[0]?.cell.phase === "running";
  });

const read = async (actor: ReturnType<typeof board>, { sim, young }: Scene): Promise<Notes> =>
  sim.hub(young).ref(actor, "b").ask("read");

describe("two duplicates meet after a cut", () => {
  test("an actor that merges goes on with what both knew; the event carries what the younger one knew", () => {
    const Board = board({ conflict: union });
    return torn(Board, async (scene) => {
      const { sim, old, young, conflicts, errors } = scene;
      sim.heal();
      await settled(scene);
      await sim.run(2_000);
      expect(await read(Board, scene)).toEqual({
        lines: [`before@node-${old}`, `old@node-${old}`, `young@node-${young}`],
        merges: 1,
      });
      const [survivor, loser] = [`node-${old}`, `node-${young}`];
      expect(conflicts).toEqual([{ id: "b", survivor, loser, state: { lines: [`young@${loser}`], merges: 0 } }]);
      expect(errors).toEqual([]);
    });
  });

  const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
  test.each(seeds)("on a network that loses, doubles and reorders, both are merged once (seed %i)", (seed) => {
    const Board = board({ conflict: union });
    const faults = { drop: 0.1, duplicate: 0.1, reorder: 0.2, delayMs: [1, 40] as [number, number] };
    const story = async (scene: Scene): Promise<void> => {
      scene.sim.heal();
      await settled(scene);
      await scene.sim.run(5_000);
      const { lines, merges } = await read(Board, scene);
      expect([lines.map((line) => line.split("@")[0]), merges]).toEqual([["before", "old", "young"], 1]);
      expect(scene.errors).toEqual([]);
    };
    return torn(Board, story, { seed, faults });
  });

  test("without a merge the longer history goes on, and the event carries the other's state all the same", () => {
    const Board = board({});
    return torn(Board, async (scene) => {
      const { sim, old, young, conflicts } = scene;
      sim.heal();
      await settled(scene);
      expect(await read(Board, scene)).toEqual({ lines: [`before@node-${old}`, `old@node-${old}`], merges: 0 });
      expect(conflicts).toMatchObject([{ survivor: `node-${old}`, state: { lines: [`young@node-${young}`] } }]);
    });
  });

  const failing: readonly (readonly [string, Merge, RegExp])[] = [
    [
      "throws half way",
      (mine) => {
        mine.lines.length = 0;
        throw new Error("no merge today");
      },
      /no merge today/,
    ],
    ["gives no valid state", () => ({ lines: 5, merges: 0 }) as unknown as Notes, /InvalidState|state of actor board: lines/],
    ["never ends", () => new Promise(() => {}), /did not merge with its duplicate within/],
  ];
  test.each(failing)("a merge that %s is reported, and the survivor goes on with its own state", (_what, conflict, error) => {
    const Board = board({ conflict });
    return torn(Board, async (scene) => {
      const { sim, old, conflicts, errors } = scene;
      sim.heal();
      await settled(scene);
      await sim.until("it is reported", () => errors.length > 0);
      expect(errors.join()).toMatch(error);
      expect(await read(Board, scene)).toEqual({ lines: [`before@node-${old}`, `old@node-${old}`], merges: 0 });
      expect(conflicts).toHaveLength(1);
    });
  });

  test("a state that is not plain data travels as its handoff says, and the event carries that form", () => {
    const Board = board({ conflict: union }).handoff({
      prepare: ({ lines, merges }) => `${merges}:${lines.join()}`,
      restore: (wire: string) => {
        const [merges, lines] = wire.split(":");
        return { merges: Number(merges), lines: lines === "" ? [] : (lines ?? "").split(",") };
      },
    });
    return torn(Board, async (scene) => {
      const { sim, old, young, conflicts } = scene;
      sim.heal();
      await settled(scene);
      await sim.run(2_000);
      expect((await read(Board, scene)).lines).toEqual([`before@node-${old}`, `old@node-${old}`, `young@node-${young}`]);
      expect(conflicts).toMatchObject([{ state: `0:young@node-${young}` }]);
    });
  });

  test("messages that wait for the duplicate that goes are handled by the one that stays, and its last handler counts", () => {
    const gates = new Map<string, ReturnType<typeof gate>>([0, 1, 2].map((i) => [`node-${i}`, gate()]));
    const Board = board({ conflict: union }, (ctx) => gates.get(ctx.node)?.opened ?? Promise.resolve());
    return torn(Board, async (scene) => {
      const { sim, old, young, conflicts } = scene;
      const loser = sim.hub(young).ref(Board, "b");
      const held = loser.ask("hold");
      loser.tell("note", "waited 1");
      const asked = loser.ask("read", undefined, { timeoutMs: 60_000 });
      loser.tell("note", "waited 2");
      await sim.run(10);
      sim.heal();
      await sim.until("they see each other", () => sim.nodes.every(({ hub }) => hub.nodes().length === 2));
      await sim.run(100);
      expect(conflicts).toEqual([]);
      gates.get(`node-${young}`)?.open();
      await held;
      await settled(scene);
      expect((await asked).lines).toContain(`waited 1@node-${old}`);
      await sim.run(2_000);
      const { lines } = await read(Board, scene);
      expect([...lines].sort()).toEqual(
        [`before@node-${old}`, `old@node-${old}`, `young@node-${young}`, `waited 1@node-${old}`, `waited 2@node-${old}`].sort(),
      );
    });
  });

  test("the duplicate that stays merges between two handlers, and after a move of its own", () => {
    const gates = new Map<string, ReturnType<typeof gate>>([0, 1, 2].map((i) => [`node-${i}`, gate()]));
    const Board = board({ conflict: union }, (ctx) => gates.get(ctx.node)?.opened ?? Promise.resolve());
    return torn(Board, async (scene) => {
      const { sim, old, young, errors } = scene;
      const survivor = sim.hub(old).ref(Board, "b");
      const held = survivor.ask("hold", undefined, { timeoutMs: 60_000 });
      const next = survivor.ask("read", undefined, { timeoutMs: 60_000 });
      sim.heal();
      await sim.until("the other duplicate is gone", () => sim.cells().filter(({ cell }) => cell.id === "b").length === 1);
      await sim.until("all are members again", () => sim.hub(old).nodes().length === 2);
      await sim.run(50);
      const third = [0, 1, 2].find((i) => i !== old && i !== young) as number;
      const moved = sim.hub(old).move("b", { node: `node-${third}` });
      await sim.run(50);
      for (const { open } of gates.values()) open();
      await Promise.all([held, moved]);
      await sim.run(3_000);
      expect((await next).lines).toContain(`old@node-${old}`);
      expect((await read(Board, scene)).lines).toEqual([`before@node-${old}`, `old@node-${old}`, `young@node-${young}`]);
      expect(errors).toEqual([]);
    });
  });

  test("the duplicate that stays goes on above the other's epoch, though it was on its way when they met", () => {
    const gates = new Map<string, ReturnType<typeof gate>>([0, 1, 2].map((i) => [`node-${i}`, gate()]));
    const Board = board({}, (ctx) => gates.get(ctx.node)?.opened ?? Promise.resolve());
    return torn(Board, async (scene) => {
      const { sim, old, young } = scene;
      const runs = (i: number) => sim.hub(i).lookup("b")?.replicas[0] ?? { node: "none", thread: -1, epoch: -1 };
      const held = sim.hub(old).ref(Board, "b").ask("hold", undefined, { timeoutMs: 60_000 });
      const other = runs(young).epoch;
      const moved = sim.hub(old).move("b", { node: `node-${old}`, thread: 1 - runs(old).thread });
      await sim.run(10);
      sim.heal();
      await sim.until("the other duplicate is gone", () => sim.cells().filter(({ cell }) => cell.id === "b").length === 1);
      await sim.run(100);
      expect(runs(old).epoch).toBeLessThan(other);
      for (const { open } of gates.values()) open();
      await Promise.all([held, moved]);
      await sim.run(1_000);
      expect(runs(old).epoch).toBeGreaterThan(other);
    });
  });
});
