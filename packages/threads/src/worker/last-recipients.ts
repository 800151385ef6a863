import type { Cell } from "@process-hub/actor";
import type { ActorId } from "@process-hub/protocol";
import type { Runner } from "./runner.js";

/** How long an actor that is to start elsewhere is kept from it by what it sent. */
const atMostMs = 1_000;

/** Whom what an actor sent may still be on its way to, itself included. */
export function recentRecipients({ clock, settings, mailer }: Runner, { id, recentRecipients: told }: Cell): readonly ActorId[] {
  const nowMs = clock.now();
  const ids = new Set(mailer.routes.heldFrom(id));
  for (const [to, atMs] of told) if (nowMs - atMs <= settings.deliveryMs) ids.add(to);
  return [...ids];
}

/**
 * Resolves when what an actor sent that has stopped here, to start elsewhere, has arrived or come back, or after a moment. What still waits here
 * for its way is refused then: the actor's next life sends from another place, and would be overtaken by it.
 */
export async function lastEnvelopes(runner: Runner, cell: Cell): Promise<void> {
  const { routes } = runner.mailer;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      late.cancel();
      routes.unsettle(done);
      resolve();
    };
    const late = runner.clock.setTimeout(done, atMostMs);
    routes.settleLast(recentRecipients(runner, cell), done);
  });
  routes.giveUpFrom(cell.id);
}
