/*
 * What a program tells, and asks, the nodes of its hub by the names of their handlers.
 * Without it each program would keep a list of nodes, and tell by itself which of them are late, gone, or of an older build.
 */
import {
  type Bytes,
  checkText,
  decode,
  encode,
  fromWireError,
  HubClosed,
  InvalidMessage,
  NodeDown,
  type NodeName,
  tooLarge,
  toWireError,
} from "@process-hub/protocol";
import type { NodeDoor } from "../node/node-door.js";

/** Which nodes are meant: all, or all but this one. */
export type DispatchTo = "all" | "others";

/** What each node made of a question. Each node that was asked is in one of the lists. */
export class CollectResult<V = unknown> {
  /** `"ok"` when every node that was asked has answered. */
  readonly status: "ok" | "error";
  readonly results: readonly { readonly node: NodeName; readonly value: V }[];
  /** They did not answer in time. */
  readonly late: readonly NodeName[];
  /** They have no handler of the name, or were gone before they answered. */
  readonly missing: readonly NodeName[];
  /** Their handlers threw, or answered what cannot travel. */
  readonly failed: readonly { readonly node: NodeName; readonly error: Error }[];

  constructor({ results, late, missing, failed }: Pick<CollectResult<V>, "results" | "late" | "missing" | "failed">) {
    this.status = late.length + missing.length + failed.length === 0 ? "ok" : "error";
    this.results = results;
    this.late = late;
    this.missing = missing;
    this.failed = failed;
  }

  /** The values alone. */
  get values(): V[] {
    return this.results.map(({ value }) => value);
  }
}

type Outcome = { readonly value: unknown } | { readonly error: Error } | "late" | "missing";

type DispatchNode = Pick<
  NodeDoor,
  "local" | "clock" | "membership" | "messenger" | "requests" | "handlers" | "hooks" | "messageBytes"
>;

/** Tells the handlers of a name; resolves with the nodes that it was sent to. */
export async function broadcast(node: DispatchNode, name: string, input: unknown, to: DispatchTo): Promise<NodeName[]> {
  const bytes = checkedInput(node, "broadcast", name, input);
  const { messenger, membership, local, handlers, hooks } = node;
  const nodes = membership.peers.map((peer) => peer.node);
  messenger.tellAll({ type: "notice", name, input: bytes });
  if (to === "others") return nodes.sort();
  handlers.hear(name, bytes, local.name, hooks.log);
  return [...nodes, local.name].sort();
}

/** Asks the handlers of a name, and waits for all of them, or until the time is over. */
export async function collect(
  node: DispatchNode,
  name: string,
  input: unknown,
  { to, timeoutMs }: { readonly to: DispatchTo; readonly timeoutMs: number },
): Promise<CollectResult> {
  const bytes = checkedInput(node, "collect", name, input);
  const { membership, local } = node;
  const others = membership.peers.map((peer) => peer.node).sort();
  const asked: [NodeName, Promise<Outcome>][] = others.map((other) => [other, askOther(node, other, name, bytes, timeoutMs)]);
  if (to === "all") asked.push([local.name, askHere(node, name, bytes, timeoutMs)]);
  const lists = { results: [] as { node: NodeName; value: unknown }[], late: [] as NodeName[], missing: [] as NodeName[] };
  const failed: { node: NodeName; error: Error }[] = [];
  for (const [other, outcome] of asked) {
    const came = await outcome;
    if (came === "late" || came === "missing") lists[came].push(other);
    else if ("error" in came) failed.push({ node: other, error: came.error });
    else lists.results.push({ node: other, value: came.value });
  }
  return new CollectResult({ ...lists, failed });
}

async function askOther(
  { requests, local }: DispatchNode,
  node: NodeName,
  name: string,
  input: Bytes,
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const { value, error } = await requests.ask(node, { type: "collect", name, input }, timeoutMs);
    if (error !== undefined) return { error: fromWireError(error) };
    return value === undefined ? "missing" : { value: decode(value) };
  } catch (error) {
    if (error instanceof NodeDown) return error.fields.timeoutMs === undefined ? "missing" : "late";
    if (error instanceof HubClosed && local.state !== "up") throw error;
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function askHere({ handlers, local, clock }: DispatchNode, name: string, input: Bytes, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve("late"), timeoutMs);
    const settle = (outcome: Outcome): void => {
      timer.cancel();
      resolve(outcome);
    };
    handlers.call(name, input, local.name).then(
      (value) => settle(value === undefined ? "missing" : { value: decode(value) }),
      (error: unknown) => settle({ error: fromWireError(toWireError(error)) }),
    );
  });
}

function checkedInput({ messageBytes }: DispatchNode, call: string, name: string, input: unknown): Bytes {
  checkText(`hub.${call}`, "name", name);
  const bytes = encode(input, "input");
  if (messageBytes !== undefined && bytes.byteLength > messageBytes)
    throw new InvalidMessage(tooLarge(`the input of ${name}`, bytes.byteLength, messageBytes), { message: name });
  return bytes;
}
