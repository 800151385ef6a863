import { setTimeout as later } from "node:timers/promises";
import { until } from "@process-hub/protocol/testing";
import { checkLinearizable, modelOf, type Operation } from "@process-hub/testkit";
import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { Player } from "../fixtures/player.actor.js";
import { Machines } from "./machines.js";

const ids = Array.from({ length: 12 }, (_, i) => `p-${i}`);
/** The nodes that users ask from: no harm comes to them. */
const doors = ["n0", "n1"];

const players = modelOf(Player, {
  initial: () => 0,
  messages: { add: (sum, { by }) => ({ state: sum + by, reply: sum + by }), read: (sum) => ({ state: sum, reply: sum }) },
});

/** Users of all players, each of whom asks one thing after the other until it is stopped. */
class Users {
  readonly operations = new Map<string, Operation[]>(ids.map((id) => [id, []]));
  readonly #users: Promise<void>[];
  #isOver = false;

  constructor(machines: Machines) {
    this.#users = ids.flatMap((id) => doors.map((door) => this.#user(machines, id, door)));
  }

  get answers(): number {
    return [...this.operations.values()].flat().filter(({ outcome }) => outcome.kind === "returned").length;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#users);
  }

  async #user(machines: Machines, id: string, door: string): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      const isRead = i % 4 === 3;
      const call = { message: isRead ? "read" : "add", ...(isRead ? {} : { input: { by: 1 } }) };
      const invokedAt = performance.now();
      const outcome = await machines
        .on(door)
        .ask("player", id, call.message, isRead ? undefined : { by: 1 }, 1_000)
        .then(
          (reply) => ({ kind: "returned" as const, at: performance.now(), reply }),
          () => ({ kind: "unknown" as const }),
        );
      this.operations.get(id)?.push({ ...call, invokedAt, outcome, note: door });
      await later(20);
    }
  }
}

/** Troubles come one after the other, each when all is well again; then each player's answers must fit one order. */
async function lived(acknowledged: { factor: number; by: "standby" | "majority" }, troubles: readonly Trouble[]): Promise<void> {
  await using machines = await Machines.start(5, { acknowledged: { ...acknowledged, of: 5 } });
  await machines.on("n0").start("player", ids);
  await machines.agree(ids.length);
  const users = new Users(machines);
  for (const trouble of troubles) {
    const before = users.answers;
    await until("users are answered", () => users.answers > before + 100);
    await trouble(machines);
    await machines.together();
    const after = users.answers;
    await until("users are answered again", () => users.answers > after + 100, 30_000);
  }
  await users.stop();
  for (const operations of users.operations.values())
    expect(checkLinearizable(operations, { ...players, initial: 0 }).problem).toBeUndefined();
}

type Trouble = (machines: Machines) => Promise<void>;

const frozen =
  (...names: string[]): Trouble =>
  async (machines) => {
    for (const name of names) machines.freeze(name);
    await later(4_000);
    for (const name of names) machines.thaw(name);
  };
const cutOff =
  (...names: string[]): Trouble =>
  async (machines) => {
    machines.cut([names, machines.names.filter((name) => !names.includes(name))]);
    await later(4_000);
    machines.heal();
  };

describeNats("acknowledged replies of real processes", () => {
  test(
    'with "standby" survive a freeze, a cut, a restart of the server, and a kill of one node',
    () =>
      lived({ factor: 2, by: "standby" }, [
        frozen("n2"),
        cutOff("n3"),
        (machines) => machines.restartServer(),
        (machines) => machines.kill("n4"),
      ]),
    120_000,
  );

  test(
    'with "majority" of three copies survive a cut, a freeze and a kill of two nodes at once',
    () => lived({ factor: 3, by: "majority" }, [cutOff("n2", "n3"), frozen("n3", "n4"), (machines) => machines.kill("n2", "n4")]),
    120_000,
  );
});
