/*
 * The hooks of starts: the alters of specs, and the events before and after, on the node where the actor starts.
 * Without it a node would hear of the actors that others asked it to run only by its registry, and of restarts and take-overs not at all.
 */
import {
  type ChildSpec,
  fromWireError,
  type NodeName,
  type ReplicaOrigin,
  type StartOutcome,
  TurnBatch,
  threadOfPlace,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { StartedChild, StartingChild, StartReason } from "../events/hub-events.js";

type Outcome = Omit<StartOutcome, "id"> & { readonly replica?: ReplicaOrigin };

/** Tells of the starts on one node, those of a turn in one event. */
export class StartHooks {
  readonly #node: NodeName;
  readonly #hooks: Pick<Hooks, "emit" | "altered" | "altersStarts" | "watched">;
  readonly #starting = new TurnBatch<StartingChild>((children) => {
    const ids = children.map(({ id }) => id);
    this.#hooks.emit("childStarting", { ids, node: this.#node, children });
  });
  readonly #ended = new TurnBatch<StartedChild>((children) => {
    const ids = children.flatMap(({ id, error }) => (error === undefined ? [id] : []));
    this.#hooks.emit("childStarted", { ids, node: this.#node, children });
  });

  constructor(node: NodeName, hooks: Pick<Hooks, "emit" | "altered" | "altersStarts" | "watched">) {
    this.#node = node;
    this.#hooks = hooks;
  }

  /** The spec of a start that is asked for here, after this node's alters. */
  altered(spec: ChildSpec): ChildSpec {
    return this.#hooks.altered(spec, { reason: "start", node: this.#node });
  }

  /** True when this node has alters: then a start that is asked for here is altered here, and nowhere else. */
  get alters(): boolean {
    return this.#hooks.altersStarts;
  }

  /** An actor is to start here: its spec after this node's alters, unless it is `altered` already. */
  begins(given: ChildSpec, reason: StartReason, altered: boolean): ChildSpec {
    const { id } = given;
    const spec = altered ? given : this.#hooks.altered(given, { reason, node: this.#node });
    if (this.#hooks.watched("childStarting")) this.#starting.add({ id, spec, reason });
    return spec;
  }

  /** The start has its outcome. */
  ended(spec: ChildSpec, reason: StartReason, { placement, replica, error }: Outcome): void {
    if (!this.#hooks.watched("childStarted")) return;
    const { id } = spec;
    if (placement === undefined)
      this.#ended.add({ id, spec, reason, ...(error === undefined ? {} : { error: fromWireError(error) }) });
    else {
      const { place, epoch } = placement;
      this.#ended.add({
        id,
        spec,
        reason,
        thread: threadOfPlace(place),
        epoch,
        from: replica === undefined ? "init" : "replica",
      });
    }
  }

  /** An actor crashed, and has begun anew on its thread. */
  restarted(spec: ChildSpec, thread: number): void {
    if (this.#hooks.watched("childStarted")) this.#ended.add({ id: spec.id, spec, reason: "crash", thread, from: "init" });
  }
}
