import type { ActorId, Checks, Clock } from "@process-hub/protocol";

/** A cell, as far as whom it wrote to goes. */
export interface Sender {
  readonly id: ActorId;
  /** Whom it wrote to, and when last. */
  readonly recentRecipients?: Iterable<readonly [ActorId, number]> | undefined;
}

/** The ports of last recipients. */
interface LastRecipientsPorts {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly settings: { readonly deliveryMs: number };
  readonly routes: {
    /** The actors for which mail of this sender waits here for its way. */
    heldFrom(sender: ActorId): Iterable<ActorId>;
    /** Calls back when what was sent to these from here has arrived or come back. */
    settleLast(ids: readonly ActorId[], settled: () => void): void;
    unsettle(settled: () => void): void;
    giveUpFrom(sender: ActorId): void;
  };
}

/** How long an actor that is to start elsewhere is kept from it by what it sent. */
const atMostMs = 1_000;

/**
 * Whom an actor wrote to last before it leaves its place, and whether that has arrived.
 * Without it what the actor sends from its next place could overtake what it sent from this one.
 */
export class LastRecipients {
  readonly #ports: LastRecipientsPorts;

  constructor(ports: LastRecipientsPorts) {
    this.#ports = ports;
  }

  /** The actors that messages of this one may still be on their way to, itself included. */
  of({ id, recentRecipients }: Sender): readonly ActorId[] {
    const { clock, settings, routes } = this.#ports;
    const nowMs = clock.now();
    const ids = new Set(routes.heldFrom(id));
    for (const [to, atMs] of recentRecipients ?? []) if (nowMs - atMs <= settings.deliveryMs) ids.add(to);
    return [...ids];
  }

  /**
   * Resolves when what an actor sent that has stopped here, to start elsewhere, has arrived or come back, or after a second.
   * Messages that still wait here for their way are refused then: those of the actor's next life would overtake them.
   */
  async reached(sender: Sender): Promise<void> {
    const { clock, checks, routes } = this.#ports;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        late.cancel();
        routes.unsettle(done);
        resolve();
      };
      const late = clock.setTimeout(() => {
        checks.mark("lastMessagesRefused");
        done();
      }, atMostMs);
      routes.settleLast(this.of(sender), done);
    });
    routes.giveUpFrom(sender.id);
  }
}
