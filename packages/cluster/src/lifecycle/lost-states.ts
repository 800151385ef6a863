/*
 * Tells of actors that go on from less than they were: by an event each, a counter, and a line of the log for those of one turn.
 * Without it a hub whose nodes lost each other for a moment would have forgotten its actors, and nobody would know which.
 */
import { TurnBatch } from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { HubEvents } from "../events/hub-events.js";
import type { NodeCounters } from "../threads/node-counters.js";
import { namedActors } from "./named-actors.js";

type Lost = HubEvents["stateLost"];

/** The states that were lost with the places of their actors, told by the node that has these go on. */
export class LostStates {
  readonly #hooks: Pick<Hooks, "emit" | "log">;
  readonly #counters: Pick<NodeCounters, "count">;
  readonly #toLog = new TurnBatch<Lost>((lost) => this.#log(lost));

  constructor(hooks: Pick<Hooks, "emit" | "log">, counters: Pick<NodeCounters, "count">) {
    this.#hooks = hooks;
    this.#counters = counters;
  }

  tell(lost: Lost): void {
    this.#counters.count("statesLost", 1);
    this.#hooks.emit("stateLost", lost);
    this.#toLog.add(lost);
  }

  #log(all: readonly Lost[]): void {
    const gone = all.filter(({ from }) => from === "init");
    const old = all.filter(({ from }) => from === "replica");
    if (gone.length > 0)
      this.#hooks.log(
        "warn",
        `${namedActors(gone.map(({ id }) => id))} lost their states with their places, and begin with init`,
      );
    if (old.length > 0)
      this.#hooks.log("warn", `${namedActors(old.map(({ id }) => id))} go on from states older than their last places`);
  }
}
