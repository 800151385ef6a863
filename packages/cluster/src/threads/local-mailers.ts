/*
 * Tells all mailers of this node, in one order, which places are down, drained or up, and where actors are.
 * Without it a thread could go on writing to a place that its node knows to be gone.
 */
import { type ActorId, type Epoch, gather, type PlaceId, type RegistryRecord, type ToThreadFrame } from "@process-hub/protocol";
import type { Mailer } from "@process-hub/threads/mail";
import type { Relocation } from "../registry/relocations.js";
import type { ThreadGroup } from "./thread-group.js";

type StandbyPlan = Omit<Extract<ToThreadFrame, { type: "standbyPlan" }>, "type">;

/** The threads and the main thread's mailer. */
export interface LocalMailersPorts {
  readonly group: Pick<ThreadGroup, "running" | "has">;
  /** The main thread's. */
  readonly mailer: Pick<Mailer, "send" | "placeDown" | "placeDrained" | "placeUp"> & {
    readonly routes: Pick<Mailer["routes"], "moved">;
  };
  /** A place went down, and the main thread's mailer knows. */
  readonly placeDown: () => void;
}

/** All mailers of this node: its main thread's and those of its threads. */
export class LocalMailers {
  readonly #ports: LocalMailersPorts;

  constructor(ports: LocalMailersPorts) {
    this.#ports = ports;
  }

  /** A place ended, or what it had passed on is in, or a node is back. */
  tell(frame: Extract<ToThreadFrame, { type: "placeDown" | "placeDrained" | "placeUp" }>): void {
    const { group, mailer, placeDown } = this.#ports;
    for (const place of group.running) mailer.send(place, frame);
    if (frame.type === "placeDown") {
      mailer.placeDown(frame.place, frame.error);
      placeDown();
    } else if (frame.type === "placeDrained") mailer.placeDrained(frame.place);
    else mailer.placeUp(frame.place);
  }

  /** Tells where actors are from now on. */
  relocated(actors: readonly Relocation[]): void {
    const { group, mailer } = this.#ports;
    for (const { id, epoch, place } of actors) mailer.routes.moved(id, epoch, place);
    for (const place of group.running) mailer.send(place, { type: "relocated", actors: [...actors] }, actors.length * 64);
  }

  /** Tells how many standbys each actor of this node is to have, and on which nodes. */
  standbyPlan(plan: StandbyPlan): void {
    const { group, mailer } = this.#ports;
    for (const place of group.running) mailer.send(place, { type: "standbyPlan", ...plan });
  }

  /** Tells actors that run here their new epoch; their threads answer with `renumbered`. */
  renumber(records: readonly RegistryRecord[], epoch: Epoch): void {
    const { group, mailer } = this.#ports;
    const byPlace = new Map<PlaceId, { readonly id: ActorId; readonly epoch: Epoch }[]>();
    for (const { spec, place } of records) if (group.has(place)) gather(byPlace, place, { id: spec.id, epoch });
    for (const [place, actors] of byPlace) mailer.send(place, { type: "renumber", actors }, actors.length * 64);
  }
}
