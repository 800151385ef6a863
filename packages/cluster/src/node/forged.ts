/*
 * Finds what a member says in another's name, or of another's threads and actors.
 * Without it one member could end, move or register what only its own node may speak of.
 */
import { type NodeMessage, type NodeName, nodeLifeOf, type RegistryRecord } from "@process-hub/protocol";

/** Whose link a message came by, and what it may say. */
export interface Speaker {
  readonly node: NodeName;
  /** The life whose link it is: `node@incarnation`. */
  readonly life: string;
  /** The receiver's life. */
  readonly ownLife: string;
  /** True when each author sends its changes itself, so that nobody passes on those of others. */
  readonly direct: boolean;
}

/**
 * What in a message its sender may not say, in words; undefined when there is nothing. What a member says of others beside this (their
 * heads, where an actor went) is a hint, which its receiver compares with what the others say themselves.
 */
export function forgedIn(message: NodeMessage, { node, life, ownLife, direct }: Speaker): string | undefined {
  switch (message.type) {
    case "packet": {
      const { from, to } = message.packet;
      if (nodeLifeOf(from) !== life) return `a packet in the name of ${from}`;
      return nodeLifeOf(to) === ownLife ? undefined : `a packet for ${to}`;
    }
    case "placeDown":
    case "placeDrained":
      return nodeLifeOf(message.place) === life ? undefined : `the end of the thread ${message.place}, which is not its own`;
    case "placeDrainReported":
      return nodeLifeOf(message.place) === ownLife
        ? undefined
        : `a report of the thread ${message.place}, which is not the receiver's`;
    case "status":
      return message.card.node === node ? undefined : `a card of node ${message.card.node}`;
    case "changes": {
      const { author, incarnation, changes } = message.batch;
      if (direct && author !== node) return `changes of node ${author}`;
      const records = changes.flatMap((change) => (change.op === "put" ? [change.record] : []));
      return foreign(records, `${author}@${incarnation}`);
    }
    case "snapshot": {
      const { author, incarnation, records } = message.part;
      return author === node ? foreign(records, `${author}@${incarnation}`) : `a snapshot of node ${author}`;
    }
    case "request":
      if (message.request.type !== "leave" || `${node}@${message.request.incarnation}` === life) return undefined;
      return `a leave of another life of node ${node}`;
    default:
      return undefined;
  }
}

/** An author says where its own actors run; of an actor that it handed over, where that went. */
function foreign(records: readonly RegistryRecord[], life: string): string | undefined {
  const wrong = records.find(({ place, state }) => state === "running" && nodeLifeOf(place) !== life);
  return wrong && `that actor ${wrong.spec.id} runs at ${wrong.place}, of which ${life} cannot know`;
}
