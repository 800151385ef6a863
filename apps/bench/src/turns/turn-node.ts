/*
 * The program of a process with one node in it, whose datagrams pass through the process that started it.
 * Without it several nodes would share one main thread and one heap, and a long turn would be nobody's.
 */
import { child, createHub, type Hub, hotSwap, type Transport } from "process-hub";
import { Echo } from "../echo.actor.js";
import type { FromNode, ToNode, TurnCalls } from "./turn-calls.js";
import { TurnWatch } from "./turn-watch.js";

const name = process.argv[2] ?? "";
const say = (message: FromNode): void => void process.send?.(message);
let receive = (_from: string, _bytes: Uint8Array): void => {};
let opened: Hub | undefined;
let watch: TurnWatch | undefined;

function hub(): Hub {
  if (opened === undefined) throw new Error(`node ${name} is not open`);
  return opened;
}

/** Datagrams through the parent: each is taken in hand in a turn of its own, as far as the pipe tells them apart. */
const transport: Transport = {
  isPrivate: true,
  open: async (_hub, _node, receiver) => {
    receive = (from, bytes) => receiver.message(from, bytes);
  },
  broadcast: (bytes) => say({ type: "datagram", bytes }),
  send: (to, bytes) => say({ type: "datagram", to, bytes }),
  close: async () => {
    receive = () => {};
  },
};

const calls: TurnCalls = {
  open: async () => {
    watch = new TurnWatch();
    opened = await createHub({
      id: "bench-turns",
      node: name,
      threads: 2,
      actors: [Echo],
      migration: hotSwap(),
      logger: false,
      transport,
    });
  },
  start: async (ids) => void (await hub().startChildren(ids.map((id) => child(Echo, { id })))),
  moveAll: async (ids, node) => void (await hub().moveAll(ids, { node })),
  stop: async (ids) => void (await hub().stopChildren(ids, { timeoutMs: 60_000 })),
  entries: async () => {
    let seen = 0;
    for await (const _ of hub().entries()) seen++;
    return seen;
  },
  close: async (deadlineMs) => void (await hub().close(deadlineMs === undefined ? {} : { deadlineMs })),
  figures: async () => {
    const { moves } = hub().stats();
    return { came: moves.arrived - moves.count, others: hub().nodes().length };
  },
  settled: () => hub().settled(),
  longest: async () => {
    if (watch === undefined) throw new Error(`node ${name} is not open`);
    return watch.take();
  },
};

async function answer({ call, name, args }: Extract<ToNode, { type: "call" }>): Promise<void> {
  try {
    const work = calls[name] as (...given: readonly unknown[]) => Promise<unknown>;
    say({ type: "answer", call, result: await work(...args) });
  } catch (error) {
    say({ type: "answer", call, error: String(error) });
  }
}

process.on("message", (message: ToNode) => {
  if (message.type === "datagram") receive(message.from, message.bytes);
  else void answer(message);
});
process.once("disconnect", () => process.exit());
