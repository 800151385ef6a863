import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";

/** `handover`: carry the state to the new place, default false. */
export const ColdSwapSettings = z.strictObject({ handover: z.boolean().default(false).describe("true or false") });
export type ColdSwapSettings = z.output<typeof ColdSwapSettings>;

/**
 * Stops the actor at its old place, then starts it at the new one; with `handover` it starts from the state it had. The default.
 * Without it actors without a state worth moving would pay for a transfer.
 *
 * @throws HubConfigError
 */
export const coldSwap = defineStrategy({
  family: "migration",
  name: "coldSwap",
  module: import.meta.url,
  settings: ColdSwapSettings,
  decide: ({ handover }) => ({ mode: "restart", carryState: handover, confirm: true, retentionMs: 5_000, batchSize: 500 }),
});
