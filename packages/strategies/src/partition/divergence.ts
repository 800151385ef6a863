import { z } from "zod";
import { parseSettings } from "../settings.js";
import type { PartitionStrategy } from "./family.js";

/** No settings. */
export const DivergenceSettings = z.strictObject({});
export type DivergenceSettings = z.output<typeof DivergenceSettings>;

/**
 * Every side of a cut goes on serving; copies that arise meanwhile are resolved when it heals. The default.
 *
 * @throws HubConfigError
 */
export function divergence(settings: z.input<typeof DivergenceSettings> = {}): PartitionStrategy<DivergenceSettings, null> {
  return Object.freeze<PartitionStrategy<DivergenceSettings, null>>({
    family: "partition",
    name: "divergence",
    settings: parseSettings("divergence", DivergenceSettings, settings),
    initialMemory: null,
    remember: () => null,
    verdict: () => "serve",
  });
}
