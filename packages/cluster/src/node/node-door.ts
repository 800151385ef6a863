/*
 * What the room of the hub may see of a node: the parts its calls are answered by, each as narrow as the calls need.
 * Without it the public face could reach into every room.
 */
import type { Parts } from "./parts.js";

/** The parts of a node that the hub's calls use. */
export interface NodeDoor
  extends Pick<
    Parts,
    | "settings"
    | "clock"
    | "checks"
    | "hooks"
    | "handlers"
    | "messageBytes"
    | "local"
    | "card"
    | "registry"
    | "ownership"
    | "gate"
    | "opening"
    | "probation"
    | "starter"
    | "startHooks"
    | "stopper"
    | "mover"
    | "updater"
    | "onDemand"
    | "settledness"
    | "claims"
    | "brokenInvariants"
  > {
  readonly loads: Pick<NonNullable<Parts["loads"]>, "latest"> | undefined;
  readonly inbox: Pick<Parts["inbox"], "locked">;
  readonly membership: Pick<Parts["membership"], "peers" | "peer" | "announce">;
  readonly requests: Pick<Parts["requests"], "ask">;
  readonly messenger: Pick<Parts["messenger"], "tellAll">;
  readonly connection: Pick<Parts["connection"], "state">;
  readonly partition: Pick<Parts["partition"], "reset">;
  readonly mailer: Pick<Parts["mailer"], "tell" | "ask" | "stream" | "payload" | "ready" | "asks" | "routes">;
  readonly counters: Pick<Parts["counters"], "read">;
  readonly hearing: Pick<Parts["hearing"], "add" | "relations">;
  readonly watched: Pick<Parts["watched"], "size">;
  readonly group: Pick<Parts["group"], "figures">;
}
