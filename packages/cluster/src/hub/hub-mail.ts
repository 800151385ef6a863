import type { ActorRef } from "@process-hub/actor";
import type { ActorId } from "@process-hub/protocol";
import type { Coordinator } from "../node/coordinator.js";

/** A hub's own messages: what its references send, at once or, while the node takes another name, when it has. */
export class HubMail {
  readonly #coordinator: () => Coordinator;
  /** What waits; undefined when nothing need. */
  #held: (() => void)[] | undefined;

  /** `coordinator`: the one by which the hub goes on now. */
  constructor(coordinator: () => Coordinator) {
    this.#coordinator = coordinator;
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** From now on messages wait. */
  hold(): void {
    this.#held = [];
  }

  /** What waits is sent. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  /** A reference to an actor of this id; `actor`: the name of its definition. */
  refTo(actor: string, id: ActorId): ActorRef {
    const post = (): Coordinator["post"] => this.#coordinator().post;
    return {
      id,
      actor,
      tell: (message: string, input?: unknown) => {
        if (this.#held === undefined) return post().tell(null, id, message, input);
        // What cannot be sent is refused now: nobody would hear of it later.
        post().payload(id, message, input);
        this.#held.push(() => post().tell(null, id, message, input));
        return false;
      },
      ask: (
        message: string,
        input?: unknown,
        options?: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined },
      ) =>
        this.#held === undefined
          ? (this.#coordinator().partition.asked(id) ?? post().ask(null, id, message, input, options))
          : new Promise((resolve, reject) => {
              this.#held?.push(() => post().ask(null, id, message, input, options).then(resolve, reject));
            }),
    };
  }
}
