/*
 * A network inside one process, for tests and for several hubs in one program.
 * Without it every test of more than one node would need sockets, and could not cut a node off at will.
 */
import {
  type Bytes,
  HubConfigError,
  microtask,
  type NodeName,
  type Transport,
  type TransportReceiver,
} from "@process-hub/protocol";

/** A network inside one process: its transports deliver to each other in order and without loss. */
export interface MemoryNetwork {
  /** A transport for one node's hub. */
  transport(): Transport;
  /** Cuts a node off, both ways, as if its cable were pulled. */
  isolate(node: NodeName): void;
  /** Connects it again. */
  restore(node: NodeName): void;
}

interface Station {
  readonly hub: string;
  readonly node: NodeName;
  readonly receiver: TransportReceiver;
}

/** Makes a network for several nodes of one process. Bytes are handed over as they are, in the next microtask. */
export function memoryNetwork(): MemoryNetwork {
  const stations = new Set<Station>();
  const isolated = new Set<NodeName>();
  const deliver = (from: Station, to: Station, bytes: Bytes): void => {
    if (isolated.has(from.node) || isolated.has(to.node)) return;
    microtask(() => stations.has(to) && to.receiver.message(from.node, bytes));
  };
  const transport = (): Transport => {
    let self: Station | undefined;
    // A closed transport reaches nobody.
    const others = (): Station[] =>
      self === undefined || !stations.has(self) ? [] : [...stations].filter((other) => other !== self && other.hub === self?.hub);
    return {
      isPrivate: true,
      open: async (hub, node, receiver) => {
        if (self !== undefined)
          throw new HubConfigError("this transport is in use: take a new one from the network for each hub", {
            path: "transport",
            given: "a transport that another hub has",
            allowed: "a new one: network.transport()",
          });
        if ([...stations].some((other) => other.hub === hub && other.node === node)) {
          throw new HubConfigError(`a node named ${node} is in the hub ${hub} already: names are unique`, {
            path: "node",
            given: node,
            allowed: "a name that no other node of the hub has",
          });
        }
        self = { hub, node, receiver };
        stations.add(self);
      },
      broadcast: (bytes) => {
        for (const other of others()) if (self !== undefined) deliver(self, other, bytes);
      },
      send: (to, bytes) => {
        for (const other of others()) if (self !== undefined && other.node === to) deliver(self, other, bytes);
      },
      close: async () => {
        const closed = self;
        await new Promise<void>((resolve) => microtask(resolve));
        if (closed !== undefined) stations.delete(closed);
        if (self === closed) self = undefined;
      },
    };
  };
  return { transport, isolate: (node) => isolated.add(node), restore: (node) => isolated.delete(node) };
}
