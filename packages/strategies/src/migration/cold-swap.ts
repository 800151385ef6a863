import { z } from "zod";
import { parseSettings } from "../settings.js";
import type { MigrationStrategy } from "./family.js";

/** `handover`: carry the state to the new place, default false. */
export const ColdSwapSettings = z.strictObject({ handover: z.boolean().default(false).describe("true or false") });
export type ColdSwapSettings = z.output<typeof ColdSwapSettings>;

/**
 * Stops the actor at its old place, then starts it at the new one; with `handover` it starts from the state it had. The default.
 *
 * @throws HubConfigError
 */
export function coldSwap(settings: z.input<typeof ColdSwapSettings> = {}): MigrationStrategy<ColdSwapSettings> {
  const parsed = parseSettings("coldSwap", ColdSwapSettings, settings);
  return Object.freeze<MigrationStrategy<ColdSwapSettings>>({
    family: "migration",
    name: "coldSwap",
    settings: parsed,
    mode: "restart",
    carryState: parsed.handover,
    confirm: true,
    retentionMs: 5_000,
    batchSize: 500,
  });
}
