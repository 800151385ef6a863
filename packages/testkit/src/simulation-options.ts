/*
 * Checks the options of `simulate`.
 * Without it a misspelled option would be ignored, or fail in the middle of a story.
 */
import { configError } from "@process-hub/cluster";
import { HubConfigError, shown } from "@process-hub/protocol";
import { z } from "zod";

const share = z.number().min(0).max(1).optional();
const some = z.int().positive().optional();
const delay = z.number().nonnegative();
const delays = z.tuple([delay, delay]).refine(([min, max]) => min <= max, "takes [min, max], min not above max");
const lateDelays = delays.refine(([min]) => min > 0, "takes [min, max], min above 0");
const ours = (instead: string) => z.undefined({ error: `is the simulation's own: ${instead}` }).optional();

/** The options of `simulate`; actors and the options of the hubs are checked where the hubs are made. */
const Options = z.strictObject({
  seed: z.int("takes a whole number from 0 to 4294967295").min(0).max(0xffff_ffff),
  nodes: some,
  threads: some,
  faults: z
    .strictObject({
      ...{ drop: share, duplicate: share, reorder: share, delayMs: delays.optional() },
      ...{ late: share, lateMs: lateDelays.optional(), pieceBytes: some },
    })
    .optional(),
  actors: z.array(z.unknown()),
  load: z.custom((value) => value === undefined || typeof value === "function", "takes a function").optional(),
  timings: z.custom((value) => value === undefined || typeof value === "function", "takes a function").optional(),
  actorsOf: z.custom((value) => value === undefined || typeof value === "function", "takes a function").optional(),
  clocks: z.custom((value) => value === undefined || typeof value === "function", "takes a function").optional(),
  hub: z
    .looseObject({
      id: ours("give none"),
      node: ours("nodes are named node-0, node-1, ..."),
      threads: ours("give simulate's threads"),
      actors: ours("give simulate's actors"),
      transport: ours("give simulate's faults"),
    })
    .optional(),
  maxMs: z.number().positive().optional(),
});

/** Throws `HubConfigError` that names the path, what was given and what is allowed. */
export function checkSimulationOptions(options: unknown, story: unknown): void {
  const { error } = Options.safeParse(options);
  if (error !== undefined) throw configError("simulate", error.issues[0], options, Options);
  if (typeof story === "function") return;
  const allowed = "takes a function: the story, after the options";
  const given = shown(story);
  throw new HubConfigError(`simulate: story: ${allowed}; given: ${given}`, { path: "story", given, allowed });
}
