/*
 * What every sender of a node must hear at once, and in one order, is told here: to the mailers of its threads and to the main thread's own.
 * Without it a thread could go on writing to a place of which its node knows that it is gone.
 */
import type { Epoch, RegistryRecord, ToThreadFrame } from "@process-hub/protocol";
import type { Mailer } from "@process-hub/threads/mail";
import type { Relocation } from "../registry/relocations.js";
import type { ThreadGroup } from "./thread-group.js";

/** What it tells by. */
export interface LocalMailersPorts {
  readonly group: Pick<ThreadGroup, "places" | "has">;
  /** The main thread's. */
  readonly mailer: Pick<Mailer, "send" | "placeDown" | "placeDrained" | "placeUp"> & {
    readonly routes: Pick<Mailer["routes"], "moved">;
  };
}

/** All mailers of this node, its main thread's and those of its threads: what every sender here is told. */
export class LocalMailers {
  readonly #ports: LocalMailersPorts;

  constructor(ports: LocalMailersPorts) {
    this.#ports = ports;
  }

  /** A place ended, or what it had passed on is in, or a node is back. */
  tell(frame: Extract<ToThreadFrame, { type: "placeDown" | "placeDrained" | "placeUp" }>): void {
    const { group, mailer } = this.#ports;
    for (const place of group.places) if (group.has(place)) mailer.send(place, frame);
    if (frame.type === "placeDown") mailer.placeDown(frame.place, frame.error);
    else if (frame.type === "placeDrained") mailer.placeDrained(frame.place);
    else mailer.placeUp(frame.place);
  }

  /** Where actors are to be found from now on. */
  relocated(actors: readonly Relocation[]): void {
    const { group, mailer } = this.#ports;
    for (const { id, epoch, place } of actors) mailer.routes.moved(id, epoch, place);
    for (const place of group.places) {
      if (group.has(place)) mailer.send(place, { type: "relocated", actors: [...actors] }, actors.length * 64);
    }
  }

  /** Has an actor that runs here go on under an epoch. It is told; its thread answers with `renumbered`. */
  renumber({ spec, place }: RegistryRecord, epoch: Epoch): void {
    const { group, mailer } = this.#ports;
    if (group.has(place)) mailer.send(place, { type: "renumber", actors: [{ id: spec.id, epoch }] });
  }
}
