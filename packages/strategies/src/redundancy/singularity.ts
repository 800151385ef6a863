import { z } from "zod";
import { parseSettings } from "../settings.js";
import type { RedundancyStrategy } from "./family.js";

/** No settings. */
export const SingularitySettings = z.strictObject({});
export type SingularitySettings = z.output<typeof SingularitySettings>;

/**
 * One copy of each actor, always active. The default.
 *
 * @throws HubConfigError
 */
export function singularity(settings: z.input<typeof SingularitySettings> = {}): RedundancyStrategy<SingularitySettings> {
  return Object.freeze<RedundancyStrategy<SingularitySettings>>({
    family: "redundancy",
    name: "singularity",
    settings: parseSettings("singularity", SingularitySettings, settings),
    replicas: () => 1,
    mode: () => "active",
    signals: "none",
    standby: false,
  });
}
