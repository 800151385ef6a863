/*
 * The acts of a life that a user could do: messages, starts, stops, moves.
 * Without it a life would have no load, and the checks nothing to check.
 */
import type { ActorRef, MessagesOf } from "@process-hub/actor";
import { child, type Hub } from "@process-hub/cluster";
import type { ActName } from "./acts.js";
import { Ledger } from "./ledger.actor.js";
import type { Workload } from "./workload.js";

/** One kind of message, and how often it is chosen among them. */
interface Line {
  readonly name: ActName;
  readonly weight: number;
  /** Resolves with the reply, for an ask. */
  readonly say: (ref: ActorRef<MessagesOf<typeof Ledger>>, n: number, workload: Workload) => Promise<unknown> | boolean;
}

const lines: readonly Line[] = [
  { name: "tell", weight: 38, say: (ref, n) => ref.tell("note", { n }) },
  { name: "tell", weight: 10, say: (ref, n) => ref.tell("slowly", { n }) },
  {
    name: "slowHandler",
    weight: 4,
    say: (ref, n, life) => ref.tell("dwell", { n, ms: life.random.next() * (life.chance(0.1) ? 6_000 : 1_000) }),
  },
  { name: "pass", weight: 15, say: (ref, n, life) => ref.tell("pass", { n, to: life.id() }) },
  { name: "flood", weight: 1, say: (ref, n, life) => ref.tell("flood", { n, to: life.id() }) },
  { name: "later", weight: 8, say: (ref, n, life) => ref.tell("later", { n, delayMs: life.random.next() * 500 }) },
  { name: "ask", weight: 9, say: (ref, n) => ref.ask("note", { n }) },
  {
    name: "shortAsk",
    weight: 5,
    say: (ref, n, life) => ref.ask("slowly", { n }, { timeoutMs: 0.5 + life.random.next() * 20 }),
  },
  { name: "consult", weight: 10, say: (ref, n, life) => ref.ask("consult", { n, to: life.id() }) },
  { name: "found", weight: 3, say: (ref, n, life) => ref.ask("found", { n, ...life.toFound() }) },
  { name: "job", weight: 1, say: (ref, n) => ref.ask("compute", { n }) },
  { name: "failingJob", weight: 0.5, say: (ref, n) => ref.ask("compute", { n: -n }) },
  { name: "bigState", weight: 0.5, say: (ref, n, life) => ref.tell("grow", { n, bytes: 50_000 + life.below(100_000) }) },
];

/** Sends some messages from one node to one actor, of every kind there is. */
export function talk(workload: Workload, times = Math.ceil(workload.random.next() * 6)): void {
  const { followed, figures } = workload;
  const hub = workload.hub();
  const ref = hub.ref(Ledger, workload.id());
  let isFull = false;
  for (let i = 0; i < times; i++) {
    const { name, say } = workload.pick(lines);
    workload.did(name);
    const answer = say(ref, workload.entry(), workload);
    if (answer === false) isFull = true;
    if (typeof answer === "boolean") continue;
    figures.asks++;
    answer.catch(() => figures.failedAsks++);
    followed.add(hub, `${name} from ${hub.node} to ${ref.id}`, answer, { kind: "ask", ids: [ref.id] });
  }
  if (!isFull) return;
  workload.did("ready");
  followed.add(hub, `ready of ${hub.node}`, hub.ready());
}

/** Moves one actor to a random place. */
export function move(workload: Workload): void {
  const { figures, followed } = workload;
  const node = workload.anyNode();
  const thread = workload.below(2);
  const hub = workload.hub();
  const id = workload.id();
  const done = hub.move(id, { node, thread });
  done.then(
    () => figures.moves++,
    () => figures.refusedMoves++,
  );
  followed.add(hub, `move of ${id} to ${node}/${thread} by ${hub.node}`, done, { kind: "move", ids: [id], to: node });
}

/** Stops an actor, by a call or by a message that makes it stop itself. */
export function stop(workload: Workload): void {
  const hub = workload.hub();
  const id = workload.id();
  if (workload.chance(0.3)) {
    workload.did("retire");
    hub.ref(Ledger, id).tell("retire");
    return;
  }
  workload.did("stop");
  workload.followed.add(hub, `stop of ${id} by ${hub.node}`, hub.stop(id), { kind: "stop", ids: [id] });
}

/** Starts an id, now and then from several nodes at once. */
export function start(workload: Workload): void {
  const id = workload.known();
  const options = workload.optionsOf(id);
  const atOnce = workload.chance(0.4);
  workload.did(atOnce ? "startAtOnce" : "start");
  const hubs: readonly Hub[] = atOnce ? [workload.hub(), workload.hub(), workload.hub()] : [workload.hub()];
  for (const hub of hubs)
    workload.followed.add(hub, `start of ${id} by ${hub.node}`, hub.start(Ledger, options), {
      kind: "start",
      ids: [id],
      mayEnd: mayEnd([options]),
      pinned: pinned([options]),
    });
}

/** Starts a batch of ids, some of which run already; now and then it is to be rolled back, or ends early. */
export function batch(workload: Workload): void {
  const { sim, followed } = workload;
  workload.did("batch");
  const hub = workload.hub();
  const ids = [...new Set(Array.from({ length: 4 }, () => (workload.chance(0.3) ? workload.known() : workload.extra())))];
  const onFailure = workload.chance(0.6) ? "rollback" : "continue";
  const timeoutMs = workload.chance(0.3) ? 0.5 + workload.random.next() * 10 : undefined;
  const controller = new AbortController();
  const isAborted = timeoutMs === undefined && workload.chance(0.3);
  const abort = isAborted ? sim.run(workload.random.next() * 5).then(() => controller.abort()) : undefined;
  const children = ids.map((id) => child(Ledger, workload.optionsOf(id)));
  const options = { onFailure, ...(timeoutMs === undefined ? {} : { timeoutMs }), signal: controller.signal } as const;
  const started = hub.startChildren(children, options);
  started.then(
    ({ rolledBack, errors }) => {
      if (rolledBack) workload.did("rolledBack");
      if (errors.some(({ error }) => error.message.includes("no answer within"))) workload.did("batchTimedOut");
    },
    (error: unknown) => {
      if (error === controller.signal.reason) workload.did("batchAborted");
    },
  );
  const call = {
    kind: "batch",
    ids,
    rollsBack: onFailure === "rollback",
    mayEnd: mayEnd(children.map((one) => one.options)),
    pinned: pinned(children.map((one) => one.options)),
  } as const;
  followed.add(hub, `batch of ${ids.join()} by ${hub.node}`, started, call);
  if (abort !== undefined) followed.add(undefined, "abort", abort);
}

/** The ids that may run on named nodes only. */
export function pinned(options: readonly { readonly id: string; readonly nodes?: readonly string[] | undefined }[]): string[] {
  return options.flatMap(({ id, nodes }) => (nodes === undefined ? [] : [id]));
}

/** The ids that a failure may end for good. */
export function mayEnd(options: readonly { readonly id: string; readonly restart?: string | undefined }[]): string[] {
  return options.flatMap(({ id, restart = "permanent" }) => (restart === "permanent" ? [] : [id]));
}
