import type { Epoch, StateTable } from "@process-hub/protocol";

/** A state of a route. */
export type RouteState = "resolving" | "open" | "holding" | "gone";

/**
 * What each state of a route may become, and the rules that decide it, as pure functions: the routes of a mailer follow them, and the
 * exhaustive model in `packages/threads/model` explores the same functions. Without them in one file the two would drift apart.
 */
export const routeStates: StateTable<RouteState> = {
  resolving: { means: "the registry is asked where the actor is; what is sent is kept", next: ["open", "gone"] },
  open: { means: "mail goes to the place of the route", next: ["holding", "resolving", "gone"] },
  holding: {
    means: "the actor has gone on; a marker follows what went down the old way, and what is sent is kept until it is answered",
    next: ["open", "resolving"],
  },
  gone: { means: "is dropped; the next message makes a new one", next: [] },
};

/** The facts of a route that the rules look at. `P` names a place; an unknown place is undefined, or null. */
export interface RouteView<P> {
  readonly state: RouteState;
  readonly place: P | null | undefined;
  readonly epoch: Epoch;
  /** The newest place heard of, and its epoch; 0 when there is none. */
  readonly newestPlace: P | null | undefined;
  readonly newestEpoch: Epoch;
  /** The first marker of the hold. */
  readonly markerId: number;
}

/** The facts of the place that has the route. */
export interface RouteSurroundings<P> {
  /** True for a place that is down or leaves: no route is to lead there. */
  readonly isGone: (place: P) => boolean;
  /** False while dead places are undrained: what they had passed on may not have been taken in. */
  readonly allDrained: () => boolean;
  /** True while this node may not serve. */
  readonly isFenced: () => boolean;
}

/** True for word of an epoch later than all that is known. */
export function isNews<P>(route: RouteView<P>, epoch: Epoch): boolean {
  return epoch > route.epoch && epoch > route.newestEpoch;
}

/** True when the registry's answer counts: it is no older than the newest place this route has heard of. */
export function countsAnswer<P>(route: RouteView<P>, epoch: Epoch): boolean {
  return !isKnown(route.newestPlace) || epoch >= route.newestEpoch;
}

/** True while it may neither take another way nor ask for one: mail that went by an undrained place would be overtaken. A fenced node sends nothing. */
export function mustWait<P>(route: RouteView<P>, around: RouteSurroundings<P>): boolean {
  return (isKnown(route.place) && !around.allDrained()) || around.isFenced();
}

/** The consequence of an answer of the registry. `stale`: it names a place that is gone, or the one that has just sent mail back; to be asked again. */
export function afterAnswer<P>(route: RouteView<P>, around: RouteSurroundings<P>): "open" | "gone" | "stale" {
  const { newestPlace, newestEpoch, place, epoch } = route;
  if (!isKnown(newestPlace)) return "gone";
  return around.isGone(newestPlace) || (newestPlace === place && newestEpoch <= epoch) ? "stale" : "open";
}

/** True when the answer to a marker ends the hold: to its first, or to one sent later. */
export function endsHold<P>(route: RouteView<P>, markerId: number): boolean {
  return route.state === "holding" && markerId >= route.markerId;
}

/**
 * The end of a hold: the newest place known, or the registry when there is none. `met`: its marker met the running actor, so that all that
 * went before has arrived, whatever is undrained elsewhere.
 */
export function afterHold<P>(route: RouteView<P>, met: boolean, around: RouteSurroundings<P>): "open" | "resolving" {
  const { newestPlace } = route;
  const waits = met ? around.isFenced() : mustWait(route, around);
  return isKnown(newestPlace) && !around.isGone(newestPlace) && !waits ? "open" : "resolving";
}

/**
 * The fate of a message that came back. `overtaken`: its sender was free to send more by a later epoch. `again`: it waited in a duplicate
 * that yielded, and comes back after the route to the other was taken. `held`: it waits, ahead of all that was not sent yet.
 */
export function afterBounce<P>(
  route: RouteView<P> & { readonly sentEpoch: Epoch },
  epoch: Epoch,
  around: RouteSurroundings<P>,
): "overtaken" | "again" | "held" {
  if (epoch < route.sentEpoch) return "overtaken";
  return route.state === "open" && epoch < route.epoch && !around.isFenced() ? "again" : "held";
}

/** The order in which a route that opens sends its held mail: messages that came back first, because they were sent first. */
export function sendOrder<M>({ bounced, held }: { readonly bounced: readonly M[]; readonly held: readonly M[] }): M[] {
  return [...bounced, ...held];
}

function isKnown<P>(place: P | null | undefined): place is P {
  return place !== undefined && place !== null;
}
