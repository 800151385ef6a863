import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";

/** No settings. */
export const SingularitySettings = z.strictObject({});
export type SingularitySettings = z.output<typeof SingularitySettings>;

/**
 * One replica of each actor, always active. The default.
 * Without it a hub that needs no replicas would pay for them.
 *
 * @throws HubConfigError
 */
export const singularity = defineStrategy({
  family: "redundancy",
  name: "singularity",
  module: import.meta.url,
  settings: SingularitySettings,
  decide: () => ({ replicas: () => 1, mode: () => "active", signals: "none", standby: false }),
});
