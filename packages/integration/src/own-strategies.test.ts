import { readFileSync } from "node:fs";
import { join } from "node:path";
import { child, gossip, type HubOptions, majorityQuorum, ownThread, replication } from "process-hub";
import { afterEach, describe, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { nearTag } from "./fixtures/near-tag.strategy.js";
import { Player } from "./fixtures/player.actor.js";
import { tieBreaker } from "./fixtures/tie-breaker.strategy.js";

const hubs = new Hubs();
afterEach(() => hubs.close());

const member = (node: string) => ({ node, incarnation: "1", threads: 1, joinedAtMs: 0 });
const view = (...names: string[]) => ({ nodes: names.map(member) });

describe("the guide to strategies", () => {
  const guide = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "strategies.md"), "utf8");

  test.each(["near-tag", "tie-breaker"])("shows %s as it is tested here", (name) => {
    const source = readFileSync(join(import.meta.dirname, "fixtures", `${name}.strategy.ts`), "utf8");
    expect(guide).toContain(`\`\`\`ts\n${source}\`\`\``);
  });
});

describe("nearTag", () => {
  test("runs actors of one order on one node, and orders all over the hub", async () => {
    const [a, b] = await hubs.pair({ distribution: nearTag() });
    const orders = Array.from({ length: 20 }, (_, at) => `order-${at}`);
    const parts = orders.flatMap((order) =>
      ["cart", "bill", "mail"].map((part) => ({ id: `${order}-${part}`, tag: `${order}/${part}` })),
    );
    const { errors } = await a.startChildren(parts.map((options) => child(Player, options)));
    expect(errors).toEqual([]);
    const nodesOf = (order: string) =>
      new Set(parts.filter(({ tag }) => tag.startsWith(`${order}/`)).map(({ id }) => a.lookup(id)?.replicas[0]?.node));
    const used = orders.map((order) => [...nodesOf(order)]);
    expect(used.every((nodes) => nodes.length === 1)).toBe(true);
    expect(new Set(used.flat())).toEqual(new Set([a.node, b.node]));
  });

  test("names a wrong setting", () => {
    expect(() => nearTag({ separator: "" })).toThrow(/nearTag\.separator: given "", allowed is a text of at least one character/);
  });
});

describe("tieBreaker", () => {
  const strategy = tieBreaker({ node: "b" });
  const verdictIn = (...names: string[]) => {
    const memory = strategy.remember(view("a", "b", "c", "d"), strategy.initialMemory, 0);
    return strategy.verdict(view(...names), strategy.remember(view(...names), memory, 1));
  };

  test("breaks an even split for the side of its node, and leaves an uneven one to the majority", () => {
    expect([verdictIn("a", "b"), verdictIn("c", "d")]).toEqual(["serve", "pause"]);
    expect([verdictIn("a", "c", "d"), verdictIn("b")]).toEqual(["serve", "pause"]);
  });
});

describe("createHub", () => {
  test("takes strategies in threads of their own, and joins nodes that run the same ones on the main thread", async () => {
    const plain = { synchronization: gossip(), redundancy: replication(), partitionTolerance: tieBreaker({ node: "a" }) };
    const apart: Partial<HubOptions> = {
      synchronization: ownThread(gossip()),
      redundancy: ownThread(replication()),
      partitionTolerance: ownThread(tieBreaker({ node: "a" })),
    };
    const a = await hubs.make("a", plain);
    const b = await hubs.make("b", apart);
    await a.start(Player, { id: "p" });
    expect(await b.ref(Player, "p").ask("read")).toBe(0);
  });

  test("refuses a node with other settings of the same strategy", async () => {
    await hubs.make("a", { partitionTolerance: majorityQuorum() });
    const other = hubs.make("b", { partitionTolerance: majorityQuorum({ initialSize: 3 }) });
    await expect(other).rejects.toMatchObject({ code: "SettingsMismatch", message: /majorityQuorum/ });
  });
});
