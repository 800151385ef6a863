import type { ToThreadFrame } from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";
import type { Relocation } from "../registry/relocations.js";

/** All mailers of this node, its main thread's and those of its threads: what every sender here is told. */
export class LocalMailers {
  readonly #coordinator: Coordinator;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** A place ended, or what it had passed on is in, or a node is back. */
  tell(frame: Extract<ToThreadFrame, { type: "placeDown" | "placeDrained" | "placeUp" }>): void {
    const { group, mailer } = this.#coordinator;
    for (const place of group.places) if (group.has(place)) mailer.send(place, frame);
    if (frame.type === "placeDown") mailer.placeDown(frame.place, frame.error);
    else if (frame.type === "placeDrained") mailer.placeDrained(frame.place);
    else mailer.placeUp(frame.place);
  }

  /** Where actors are to be found from now on. */
  relocated(actors: readonly Relocation[]): void {
    const { group, mailer } = this.#coordinator;
    for (const { id, epoch, place } of actors) mailer.routes.moved(id, epoch, place);
    for (const place of group.places) {
      if (group.has(place)) mailer.send(place, { type: "relocated", actors: [...actors] }, actors.length * 64);
    }
  }
}
