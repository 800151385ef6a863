import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";

/** No settings. */
export const DivergenceSettings = z.strictObject({});
export type DivergenceSettings = z.output<typeof DivergenceSettings>;

/**
 * Every side of a cut goes on serving; duplicates that arise meanwhile are resolved when it heals. The default.
 * Without it a hub that would rather answer than agree would pause whenever nodes are lost.
 *
 * @throws HubConfigError
 */
export const divergence = defineStrategy({
  family: "partition",
  name: "divergence",
  module: import.meta.url,
  settings: DivergenceSettings,
  memory: z.null(),
  decide: () => ({ initialMemory: null, remember: () => null, verdict: () => "serve", alwaysServes: true }),
});
