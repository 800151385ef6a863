/*
 * Makes the references that `hub.ref` and `start` return, and holds their messages while the node takes another name.
 * Without it a reference would keep writing through the coordinator that a rename has closed.
 */
import {
  type ActorKind,
  type ActorRef,
  type AskOptions,
  checkEvent,
  type EventHandler,
  type EventSubscription,
  type SubscribeOptions,
  type TellOptions,
} from "@process-hub/actor";
import { type ActorId, copyOf } from "@process-hub/protocol";
import type { EventName } from "@process-hub/threads/mail";
import type { NodeDoor } from "../node/node-door.js";
import { checkSubscribe, Subscribed } from "./event-subscription.js";

/** The parts of a node that references use. */
type HubRefsDoor = Pick<NodeDoor, "mailer" | "gate" | "hearing" | "hooks">;

type Items = AsyncGenerator<unknown, void, undefined>;

/** The messages of a hub's references: sent at once or, while the node takes another name, when it has it. */
export class HubRefs {
  #node: HubRefsDoor;
  /** The sends that wait; undefined while messages need not wait. */
  #held: (() => void)[] | undefined;

  constructor(node: HubRefsDoor) {
    this.#node = node;
  }

  /** From now on the hub goes on by another node. */
  adopt(node: HubRefsDoor): void {
    this.#node = node;
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** From now on messages wait. */
  hold(): void {
    this.#held = [];
  }

  /** Sends the messages that waited. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  #stream(kind: ActorKind, id: ActorId, message: string, input: unknown, options?: AskOptions): Items {
    if (this.#held !== undefined) return this.#streamLater(kind, id, message, copyOf(input, "input"), options);
    const { gate, mailer } = this.#node;
    return mailer.stream(null, id, message, input, options, kind, undefined, () => gate.refused(id));
  }

  async *#streamLater(kind: ActorKind, id: ActorId, message: string, input: unknown, options?: AskOptions): Items {
    await new Promise<void>((resolve) => {
      if (this.#held === undefined) resolve();
      else this.#held.push(resolve);
    });
    yield* this.#stream(kind, id, message, input, options);
  }

  /** A reference to an actor of this id and kind. */
  refTo(kind: ActorKind, id: ActorId): ActorRef {
    return {
      id,
      actor: kind.name,
      tell: (message: string, input?: unknown, options?: TellOptions) => {
        if (this.#held === undefined) return this.#node.mailer.tell(null, id, message, input, options, kind);
        // A message that cannot be sent is refused now: nobody would hear of it later.
        this.#node.mailer.payload(id, message, input);
        const copy = copyOf(input, "input");
        this.#held.push(() => this.#node.mailer.tell(null, id, message, copy, options, kind));
        return false;
      },
      stream: (message: string, input?: unknown, options?: AskOptions) => this.#stream(kind, id, message, input, options),
      ask: (message: string, input?: unknown, options?: AskOptions) =>
        this.#held === undefined
          ? (this.#node.gate.asked(id) ?? this.#node.mailer.ask(null, id, message, input, options, kind))
          : new Promise((resolve, reject) => {
              const copy = copyOf(input, "input");
              this.#held?.push(() => this.#node.mailer.ask(null, id, message, copy, options, kind).then(resolve, reject));
            }),
      subscribe: (event: string, handler: EventHandler<unknown>, options: SubscribeOptions = {}) =>
        this.#subscribe({ id, event, actor: kind.name }, handler, options),
    };
  }

  #subscribe(name: EventName, handler: EventHandler<unknown>, options: SubscribeOptions): EventSubscription {
    checkEvent("subscribe", name.event);
    checkSubscribe(handler, options);
    const node = this.#node;
    const hears = {
      add: node.hearing.add.bind(node.hearing),
      remove: node.hearing.relations.remove.bind(node.hearing.relations),
      hasRoom: node.hearing.relations.hasRoom.bind(node.hearing.relations),
      log: node.hooks.log.bind(node.hooks),
    };
    const subscribed = new Subscribed(name, hears, handler, options);
    subscribed.begin();
    return subscribed;
  }
}
