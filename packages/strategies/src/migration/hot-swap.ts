import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";

/**
 * `handover`: carry the state, default true. `confirm`: a move is done when the target runs the actor, default true; false: when
 * the source has let it go. `retentionMs`: how long the source keeps each actor for a target that has not loaded it, default 5000; 0: as long
 * as `timings.handoffTimeoutMs`. `batchSize`: actors per batch, default 500.
 */
export const HotSwapSettings = z.strictObject({
  handover: z.boolean().default(true).describe("true or false"),
  confirm: z.boolean().default(true).describe("true or false"),
  retentionMs: z.int().min(0).max(3_600_000).default(5_000).describe("whole milliseconds from 0 to 3600000"),
  batchSize: z.int().min(1).max(100_000).default(500).describe("a whole number from 1 to 100000"),
});
export type HotSwapSettings = z.output<typeof HotSwapSettings>;

/**
 * Moves a running actor with its state, mailbox and timers; who talks to it notices at most a pause.
 * Without it a move would lose the mailbox and the timers of its actor.
 *
 * @throws HubConfigError
 */
export const hotSwap = defineStrategy({
  family: "migration",
  name: "hotSwap",
  module: import.meta.url,
  settings: HotSwapSettings,
  // The node that hands over goes by its own.
  mayDiffer: ["confirm", "retentionMs", "batchSize"],
  decide: ({ handover, ...rest }) => ({ mode: "handoff", carryState: handover, ...rest }),
});
