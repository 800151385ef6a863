/*
 * The deploy drill: build 1 to build 2 node by node, a canary back, and all down to build 1, under load, over real processes and a real server.
 * Without it the steps of docs/deploys.md would be a promise that nobody has kept.
 */
import { NatsServer } from "../../fixtures/nats-server.js";
import { Machine } from "../machine.js";
import type { Build, DeployCalls } from "./deploy-process.js";
import type { UserFigures } from "./users.js";

/** How large the drill is. */
export interface DrillSize {
  readonly carts: number;
  readonly perSecond: number;
  /** How often all of it is done; default 1. */
  readonly rounds?: number;
}

/** What came of it. */
export interface DrillResult {
  readonly users: UserFigures;
  /** Starts that were refused, as text. */
  readonly refused: readonly string[];
  /** Carts that ended with a node, or run nowhere at the end. */
  readonly dropped: readonly string[];
  /** Carts whose state is not what was answered, as text. */
  readonly wrong: readonly string[];
  /** The longest time that an actor stood still for a move, as its node says. */
  readonly pauseMs: number;
  /** What the drill saw of the builds, step by step. */
  readonly seen: readonly string[];
  readonly tookMs: number;
}

const settleWithinMs = 60_000;

class Drill {
  readonly refused: string[] = [];
  readonly dropped: string[] = [];
  readonly seen: string[] = [];
  readonly ids: string[];
  /** The longest time that an actor stood still for a move. */
  pauseMs = 0;
  readonly #server: NatsServer;
  readonly #nodes = new Map<string, Machine<DeployCalls>>();
  readonly #tell: (line: string) => void;

  constructor(server: NatsServer, carts: number, tell: (line: string) => void) {
    this.#server = server;
    this.#tell = tell;
    this.ids = Array.from({ length: carts }, (_, i) => `cart-${i}`);
  }

  on(node: string): DeployCalls {
    const machine = this.#nodes.get(node);
    if (machine === undefined) throw new Error(`there is no node ${node}`);
    return machine.does;
  }

  async up(node: string, build: Build): Promise<void> {
    const machine = new Machine<DeployCalls>("deploy/deploy-process.js");
    this.#nodes.set(node, machine);
    await machine.does.open({ node, servers: this.#server.url, build });
    await machine.does.settled(settleWithinMs);
  }

  async down(node: string): Promise<void> {
    const { ended, pauseMs } = await this.on(node).close();
    this.pauseMs = Math.max(this.pauseMs, pauseMs);
    this.dropped.push(...ended.filter((id) => id.startsWith("cart")).map((id) => `${id} ended with ${node}`));
    await this.#nodes.get(node)?.ended();
    this.#nodes.delete(node);
  }

  /** A step of a rolling deploy: the new process beside the old one, until the hub is at rest; then the old one leaves. Users start carts meanwhile. */
  async replace(old: string, by: string, build: Build): Promise<void> {
    const fromMs = performance.now();
    await this.up(by, build);
    const upMs = await this.on("users").lap();
    this.refused.push(...(await this.on("users").start("cart", [`cart-of-${by}`])));
    await this.down(old);
    const downMs = await this.on("users").lap();
    const tookMs = Math.round(performance.now() - fromMs);
    this.#tell(`${old} replaced by ${by} (build ${build}) in ${tookMs} ms; slowest answers ${upMs} ms and ${downMs} ms`);
  }

  note(what: string, of: unknown): void {
    this.seen.push(`${what}: ${String(of)}`);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((machine) => machine.kill()));
  }
}

/** Tries an ask of a message that may be missing: its answer, or the code of its error. */
const tried = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(String, (error: { readonly code?: string }) => error.code);

async function round(drill: Drill, n: number): Promise<void> {
  const users = drill.on("users");
  const at = (build: Build, i: number): string => `r${n}-build${build}-${i}`;
  for (const i of [0, 1, 2]) {
    await drill.replace(n === 1 ? `first-${i}` : `r${n - 1}-back-${i}`, at(2, i), 2);
    if (i === 0) drill.refused.push(...(await users.start("coupon", [`coupon-${n}`])));
  }
  drill.note("the new message", await tried(users.ask("cart", "cart-of-first", "price")));
  drill.note("the removed message", await tried(users.ask("cart", "cart-of-first", "total")));
  drill.note("the new kind", await tried(users.ask("coupon", `coupon-${n}`, "use")));
  // The canary of build 1 takes the place of one node; states stay where they can stay as they are.
  await drill.replace(at(2, 0), `r${n}-back-0`, 1);
  await drill.replace(at(2, 1), `r${n}-back-1`, 1);
  await drill.replace(at(2, 2), `r${n}-back-2`, 1);
  drill.note("the removed message", Number(await users.ask("cart", "cart-of-first", "total")) >= 0);
  drill.note("the new kind", await users.explain(`coupon-${n}`));
}

/** Does the drill. `tell`: hears a line for each step. */
export async function deployDrill(
  { carts, perSecond, rounds = 1 }: DrillSize,
  tell: (line: string) => void = () => {},
): Promise<DrillResult> {
  const fromMs = performance.now();
  await using server = await NatsServer.start();
  const drill = new Drill(server, carts, tell);
  try {
    await Promise.all([0, 1, 2].map((i) => drill.up(`first-${i}`, 1)));
    await drill.up("users", 0);
    const users = drill.on("users");
    drill.refused.push(...(await users.start("cart", [...drill.ids, "cart-of-first"])));
    await users.settled(settleWithinMs);
    await users.use(drill.ids, perSecond);
    for (let n = 1; n <= rounds; n++) await round(drill, n);
    const figures = await users.unuse();
    const states = await users.read(drill.ids);
    const wrong = states.flatMap(({ items }, i) => {
      const id = drill.ids[i] ?? "";
      return items === figures.added[id] ? [] : [`${id} has ${items}, answered were ${figures.added[id]}`];
    });
    const running = Object.values(await users.places()).reduce((sum, count) => sum + count, 0);
    const started = carts + 1 + rounds * 6 - drill.refused.filter((line) => line.startsWith("cart")).length;
    const dropped = running === started ? [] : [`${started - running} of ${started} carts run nowhere`];
    return {
      ...{
        users: figures,
        refused: drill.refused,
        dropped: [...drill.dropped, ...dropped],
        wrong,
        seen: drill.seen,
        pauseMs: drill.pauseMs,
      },
      tookMs: Math.round(performance.now() - fromMs),
    };
  } finally {
    await drill.end();
  }
}
