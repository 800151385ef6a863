/*
 * Splits a request that is too large into two, and joins their answers.
 * Without it a request for many actors would fail on a transport that carries few bytes.
 */
import type { NodeAnswer, NodeRequest } from "@process-hub/protocol";

/** Two requests for half the list each; undefined when the request is for one actor, or for no list. */
export function halved(request: NodeRequest): readonly [NodeRequest, NodeRequest] | undefined {
  switch (request.type) {
    case "start":
      return both(request.specs, (specs) => ({ ...request, specs }));
    case "adopt":
      return both(request.records, (records) => ({ ...request, records }));
    case "stop":
    case "move":
    case "locate":
    case "hosted":
    case "standbys":
      return both<string>(request.ids, (ids) => ({ ...request, ids }));
    case "mergeDuplicate":
    case "update":
    case "isThere":
    case "collect":
    case "settled":
    case "leave":
      return undefined;
    default:
      request satisfies never;
      return undefined;
  }
}

/** One answer from the answers to two halves of a request. */
export function joined(first: NodeAnswer, second: NodeAnswer): NodeAnswer {
  switch (first.type) {
    case "start":
      if (second.type !== "start") return second;
      return { ...first, outcomes: [...first.outcomes, ...second.outcomes], records: [...first.records, ...second.records] };
    case "stop":
      return second.type === "stop" ? { ...first, outcomes: [...first.outcomes, ...second.outcomes] } : second;
    case "move":
      return second.type === "move" ? { ...first, outcomes: [...first.outcomes, ...second.outcomes] } : second;
    case "locate":
      return second.type === "locate"
        ? {
            ...first,
            records: [...first.records, ...second.records],
            pending: [...(first.pending ?? []), ...(second.pending ?? [])],
          }
        : second;
    case "standbys":
      return second.type === "standbys" ? { ...first, states: [...first.states, ...second.states] } : second;
    case "hosted":
      return second.type === "hosted" ? { ...first, ids: [...first.ids, ...second.ids] } : second;
    case "adopt":
      return second.type === "adopt" ? { ...first, errors: [...first.errors, ...second.errors] } : second;
    case "mergeDuplicate":
    case "update":
    case "isThere":
    case "collect":
    case "settled":
    case "leave":
      return second;
    default:
      first satisfies never;
      return second;
  }
}

function both<T>(list: readonly T[], request: (some: T[]) => NodeRequest): readonly [NodeRequest, NodeRequest] | undefined {
  const middle = list.length >> 1;
  return middle === 0 ? undefined : [request(list.slice(0, middle)), request(list.slice(middle))];
}
