/*
 * Gives a node that is alone another name while its actors go on.
 * Without it a node could change its name only by closing, and would lose its actors.
 */
import { after, HandoffFailed, HubConfigError, HubError, Locked, NodeName } from "@process-hub/protocol";
import { DoorTransport } from "../membership/door-transport.js";
import { memoryNetwork } from "../membership/memory-network.js";
import { Coordinator } from "../node/coordinator.js";
import type { CoordinatorPorts } from "../node/coordinator-ports.js";
import type { NodeDoor } from "../node/node-door.js";
import { nodeActorIds, startNodeActors } from "./node-actors.js";

/** The coordinator, transport and switches of the hub that is renamed. */
export interface RenamePorts {
  readonly old: Coordinator;
  /** What the hub is built from; its transport is the one to the other nodes. */
  readonly ports: CoordinatorPorts;
  /** The transport of the coordinator that goes on now. */
  readonly door: DoorTransport;
  /** From now on the hub's own messages wait. */
  readonly hold: () => void;
  /** The hub goes on by another coordinator, and its waiting messages are sent there. */
  readonly adopt: (fresh: Coordinator, door: DoorTransport) => void;
}

/**
 * Gives a node that is alone another name. Everything that carries the name (places, routes, the author of its records) belongs to one
 * incarnation. So a second incarnation is made under the new name, on a network of these two alone. It takes over all actors by the same
 * handoff as any other node, with state, mailboxes and timers, and then takes over the transport of the first.
 */
export async function rename({ old, ports, door, hold, adopt }: RenamePorts, given: string): Promise<void> {
  const name = checkedName(old.door, given);
  const between = memoryNetwork();
  await door.lead(between.transport());
  const side = new DoorTransport(between.transport(), ports.transport);
  const fresh = new Coordinator({ ...ports, node: name, transport: side, hooks: old.door.hooks });
  // The migration strategy is not asked: it may be one that carries no state.
  const own = nodeActorIds(old.door);
  old.takesActors(false);
  try {
    await fresh.succeed(old);
    await fresh.start();
    // They belong to the node of the old name, and others take their place.
    if (own.length > 0) await old.door.stopper.stop(own, old.door.settings.timings.stopTimeoutMs);
    await allTakenOver(old, fresh);
  } catch (error) {
    await undo(old, fresh);
    old.parted();
    await door.lead(ports.transport);
    old.door.membership.announce();
    await startNodeActors(old.door);
    throw error;
  }
  hold();
  await answered(old.door);
  await old.leave(old.door.settings.timings.shutdownTimeoutMs);
  adopt(fresh, side);
  await old.close(undefined, "rename");
  fresh.parted();
  await side.lead(ports.transport);
  fresh.door.membership.announce();
}

function checkedName(
  { local, settings, membership, inbox, gate }: Pick<NodeDoor, "local" | "settings" | "membership" | "inbox" | "gate">,
  given: string,
): NodeName {
  const { name: node, draining, state } = local;
  const refuse = (why: string, allowed: string): HubConfigError =>
    new HubConfigError(`hub.rename: ${why}`, { path: "name", given: String(given), allowed, node });
  const name = NodeName.safeParse(given);
  if (!name.success) {
    const allowed = name.error.issues[0]?.message ?? "a node's name";
    throw refuse(`${allowed}; given: ${JSON.stringify(given)}`, allowed);
  }
  if (name.data === node) throw refuse(`the node is named ${node} already`, "another name");
  const others = membership.peers.map((peer) => peer.node).sort();
  if (others.length > 0) {
    const text = `node ${node} is one of several of hub ${settings.id} (the others: ${others.join(", ")}); a node can take another name only while it is alone`;
    throw refuse(text, "none, while the hub has other nodes");
  }
  if (draining) {
    const text = `hub.rename: node ${node} drains, or has drained: it takes no actors any more, under any name; close this hub and make one of the name wanted`;
    throw new Locked(text, { node });
  }
  if (!gate.serves) throw gate.refusal("hub.rename");
  if (inbox.locked || state !== "up")
    throw new Locked(`hub.rename: node ${node} is moving actors just now: try again when it has ended`, { node });
  return name.data;
}

async function allTakenOver(old: Coordinator, fresh: Coordinator): Promise<void> {
  const { clock, settings, ownership, registry, local } = old.door;
  const { handoffTimeoutMs, markerRetryMs } = settings.timings;
  const { gate, membership, local: itself } = fresh.door;
  // The fresh node takes actors once it serves and the old node knows it.
  const met = (): boolean =>
    gate.serves && ownership.view.nodes.some(({ node }) => node === itself.name) && membership.peer(local.name) !== undefined;
  for (let waitedMs = 0; !met() && waitedMs < handoffTimeoutMs; waitedMs += markerRetryMs) await after(clock, markerRetryMs);
  await gate.opened(() => {});
  const [failed] = await old.drain(settings.timings.shutdownTimeoutMs);
  const left = registry.recordsOf(local.name).find(({ state }) => state === "running");
  if (failed === undefined && left === undefined) return;
  const id = failed?.[0] ?? left?.spec.id ?? "";
  const text = `hub.rename: actor ${id} could not be taken over under the name ${itself.name}: the node keeps its name ${local.name}`;
  throw new HandoffFailed(text, { id, step: "transfer" }, failed?.[1]);
}

/** Hands the actors back, and ends the second incarnation. */
async function undo(old: Coordinator, fresh: Coordinator): Promise<void> {
  old.takesActors(true);
  await fresh.close(undefined, "rename").catch((error: unknown) => {
    if (!(error instanceof HubError)) throw error;
  });
}

/** Resolves when no ask of the hub is open, or the open ones have had their time. */
async function answered({ clock, settings, mailer }: Pick<NodeDoor, "clock" | "settings" | "mailer">): Promise<void> {
  const { askTimeoutMs, markerRetryMs } = settings.timings;
  const stepMs = markerRetryMs / 10;
  for (let waitedMs = 0; mailer.asks.size > 0 && waitedMs < askTimeoutMs; waitedMs += stepMs) await after(clock, stepMs);
}
