/*
 * Why an actor has no node to run on, in words and as an error.
 * Without it a kind that no node has would look like a cluster without nodes.
 */
import { HandoffFailed, NodeDown, type NodeName, NoNodeForKind, StartFailed } from "@process-hub/protocol";
import type { Placed } from "./kind-placement.js";
import type { Ownership } from "./ownership.js";

type Seen = Pick<Ownership, "view" | "placement" | "kinds">;

/** The error of a start that no node can take. */
export function nowhereToStart(spec: Placed, seen: Seen): Error {
  const { id, nodes } = spec;
  const failure = seen.placement.failureOf(spec) ?? kindMissing(spec, seen);
  if (failure !== undefined) return failure;
  const members = seen.view.nodes.map(({ node }) => node).join(", ") || "none";
  const wanted = nodes === undefined ? "" : ` (it may run on ${nodes.join(", ")} only)`;
  return new StartFailed(`actor ${id} has no node to run on${wanted}; nodes that take actors: ${members}`, {
    id,
    nowhere: true,
  });
}

/** True for the error of a start that no node could take, as the node knew them that was asked: one may have come since. */
export function isNowhere(error: unknown): boolean {
  return error instanceof NoNodeForKind || (error instanceof StartFailed && error.fields.nowhere === true);
}

/** The error of an actor that is to leave its node, and has no other to go to. */
export function nowhereToGo(spec: Placed, seen: Seen): Error {
  const { id, actor } = spec;
  const failure = seen.placement.failureOf(spec) ?? kindMissing(spec, seen);
  if (failure !== undefined) return failure;
  const others = seen.view.nodes.filter(({ node }) => seen.kinds.of(node, actor) !== undefined);
  const older = others.length > 0 && spec.nodes === undefined;
  const why = older ? `: the others have an older version of ${actor}, and it has no downgrade to that` : "";
  return new NodeDown(`actor ${id} has no other node to run on${why}`, { id });
}

/** Why an actor of this node cannot go to a node that has been named; undefined when it can, or may try. */
export function cannotGoTo(
  id: string,
  actor: string,
  to: NodeName,
  own: NodeName,
  { kinds }: Pick<Seen, "kinds">,
): Error | undefined {
  const fields = { id, step: "reserve", kind: actor };
  const here = kinds.of(own, actor);
  const there = kinds.of(to, actor);
  const no = `actor ${id} cannot move to node ${to}`;
  if (there === undefined) {
    const has = kinds.namesOf(to).join(", ") || "none";
    return new HandoffFailed(`${no}: it does not have the kind ${actor}; it has: ${has}`, fields);
  }
  if (here === undefined || kinds.fit([to], actor, here).length > 0) return undefined;
  const missing =
    there.version < here.version ? `no downgrade from version ${here.downgradesTo}` : `no upgrade from version ${here.version}`;
  return new HandoffFailed(
    `${no}: its state is of version ${here.version} of ${actor}, that node has version ${there.version}, and there is ${missing}`,
    fields,
  );
}

/** The members other than its host lack the kind, all of them. Where its own nodes are not there that is another matter. */
function kindMissing({ id, actor, nodes, host }: Placed, { kinds }: Seen): NoNodeForKind | undefined {
  const members = kinds.nodes.filter((node) => node !== host && (nodes === undefined || nodes.includes(node)));
  if (members.length === 0 || members.some((node) => kinds.of(node, actor) !== undefined)) return undefined;
  const byNode = Object.fromEntries(members.map((node) => [node, kinds.namesOf(node)]));
  const has = members.map((node) => `${node}: ${kinds.namesOf(node).join(", ") || "none"}`).join("; ");
  const text = `actor ${id}: no node that may run it has the kind ${actor} (${has}); list its definition in \`actors\` of the nodes that are to run it`;
  return new NoNodeForKind(text, { id, kind: actor, kinds: byNode });
}
