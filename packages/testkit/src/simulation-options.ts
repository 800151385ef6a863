import { configError } from "@process-hub/cluster";
import { z } from "zod";

const share = z.number().min(0).max(1).optional();
const some = z.int().positive().optional();
const delay = z.number().nonnegative();

/** What `simulate` takes; actors and the options of the hubs are checked where the hubs are made. */
const Options = z.strictObject({
  seed: z.number(),
  nodes: some,
  threads: some,
  faults: z
    .strictObject({ drop: share, duplicate: share, reorder: share, delayMs: z.tuple([delay, delay]).optional() })
    .optional(),
  actors: z.array(z.unknown()),
  load: z.custom((value) => value === undefined || typeof value === "function", "takes a function").optional(),
  hub: z.unknown().optional(),
  maxMs: z.number().positive().optional(),
});

/** Throws `HubConfigError` that names the path, what was given and what is allowed. */
export function checkSimulationOptions(options: unknown): void {
  const { error } = Options.safeParse(options);
  if (error !== undefined) throw configError("simulate", error.issues[0], options, Options);
}
