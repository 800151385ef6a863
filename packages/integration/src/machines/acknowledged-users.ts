/*
 * Users of a cluster of real processes who write down what they asked and what was answered, and the troubles that come to it.
 * Without it nobody could tell whether an acknowledged write outlives a failure of a real machine.
 */
import { setTimeout as later } from "node:timers/promises";
import { seededRandom } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { checkLinearizable, modelOf, type Operation } from "@process-hub/testkit";
import { Player } from "../fixtures/player.actor.js";
import { Machines } from "./machines.js";
import type { NodeOptions } from "./node-process.js";

const ids = Array.from({ length: 12 }, (_, i) => `p-${i}`);
/** The nodes that users ask from: no harm comes to them. */
const doors = ["n0", "n1"];
const jetStream = 'jetstream { store_dir: "$FOLDER/jetstream" }';

const players = modelOf(Player, {
  initial: () => 0,
  messages: { add: (sum, { by }) => ({ state: sum + by, reply: sum + by }), read: (sum) => ({ state: sum, reply: sum }) },
});

/** Something that happens to a cluster, and is over when `comes` resolves. */
export interface Trouble {
  readonly name: string;
  readonly comes: (machines: Machines) => Promise<void>;
}

/** Users of all players, each of whom asks one thing after the other until it is stopped. */
class Users {
  readonly #operations = new Map<string, Operation[]>(ids.map((id) => [id, []]));
  readonly #users: Promise<void>[];
  #isOver = false;
  answers = 0;

  constructor(machines: Machines) {
    this.#users = ids.flatMap((id) => doors.map((door) => this.#user(machines, id, door)));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#users);
  }

  /** What is wrong with what was answered, in words. */
  problems(): string[] {
    return [...this.#operations].flatMap(([id, operations]) => {
      const { problem } = checkLinearizable(operations, { ...players, initial: 0 });
      return problem === undefined ? [] : [`${id} is ${problem}`];
    });
  }

  async #user(machines: Machines, id: string, door: string): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      const input = i % 4 === 3 ? undefined : { by: 1 };
      const message = input === undefined ? "read" : "add";
      const invokedAt = performance.now();
      const outcome = await machines
        .on(door)
        .ask("player", id, message, input, 1_000)
        .then(
          (reply) => ({ kind: "returned" as const, at: performance.now(), reply }),
          () => ({ kind: "unknown" as const }),
        );
      if (outcome.kind === "returned") this.answers++;
      this.#operations.get(id)?.push({ message, input, invokedAt, outcome, note: door });
      await later(20);
    }
  }
}

/** What a life of a cluster of five came to. */
export interface AcknowledgedLife {
  readonly answers: number;
  readonly troubles: number;
  /** Answers that fit no order; none, one hopes. */
  readonly problems: readonly string[];
}

/** Troubles come to five processes one after the other, each when all is well again, under load. */
export async function acknowledgedLife(
  acknowledged: Required<NodeOptions>["acknowledged"],
  troubles: Iterable<Trouble>,
  told: (trouble: string) => void = () => {},
): Promise<AcknowledgedLife> {
  await using machines = await Machines.start(5, { acknowledged }, jetStream);
  await machines.on("n0").start("player", ids);
  await machines.agree(ids.length);
  const users = new Users(machines);
  const answered = async (): Promise<void> => {
    const before = users.answers;
    await until("users are answered", () => users.answers > before + 100, 30_000);
  };
  let count = 0;
  try {
    for (const trouble of troubles) {
      await answered();
      told(trouble.name);
      await trouble.comes(machines);
      await machines.together();
      await answered();
      count++;
    }
  } finally {
    await users.stop();
  }
  return { answers: users.answers, troubles: count, problems: users.problems() };
}

/** These nodes stand still for a while. */
export function frozen(...names: string[]): Trouble {
  const comes = async (machines: Machines): Promise<void> => {
    for (const name of names) machines.freeze(name);
    await later(4_000);
    for (const name of names) machines.thaw(name);
  };
  return { name: `freeze ${names}`, comes };
}

/** These nodes are cut off from the others for a while. */
export function cutOff(...names: string[]): Trouble {
  const comes = async (machines: Machines): Promise<void> => {
    machines.cut([names, machines.names.filter((name) => !names.includes(name))]);
    await later(4_000);
    machines.heal();
  };
  return { name: `cut off ${names}`, comes };
}

/** These nodes are killed; `back`: others of their names come when the rest are one cluster. */
export function killed(names: readonly string[], back = false): Trouble {
  const comes = async (machines: Machines): Promise<void> => {
    await machines.kill(...names);
    if (!back) return;
    await machines.together();
    await Promise.all(names.map((name) => machines.join(name)));
  };
  return { name: `kill ${names}`, comes };
}

/** The server of all of them starts anew. */
export function serverRestarted(): Trouble {
  return { name: "restart the server", comes: (machines) => machines.restartServer() };
}

function replaced(names: readonly string[]): Trouble {
  const comes = async (machines: Machines): Promise<void> => {
    for (const name of names) await machines.stop(name);
    await Promise.all(names.map((name) => machines.join(name)));
  };
  return { name: `replace ${names}`, comes };
}

/** Troubles of one node by chance, or of two at once, until the instant: killed nodes come back, and some leave in order and come back. */
export function* chanceTroubles(seed: number, atOnce: 1 | 2, untilMs: number): Generator<Trouble> {
  const { next } = seededRandom(seed);
  while (performance.now() < untilMs) {
    const others = ["n2", "n3", "n4"];
    const who = Array.from({ length: atOnce }, () => others.splice(Math.floor(next() * others.length), 1)[0] ?? "n2");
    const kinds = [frozen(...who), cutOff(...who), killed(who, true), replaced(who), serverRestarted()];
    yield kinds[Math.floor(next() * kinds.length)] ?? serverRestarted();
  }
}
