import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";

/**
 * `handover`: carry the state, default true. `confirm`: wait for the target's word, default false.
 * `retentionMs`: how long the source keeps what it handed over, per actor, default 5000. `batchSize`: actors per batch, default 1000.
 */
export const HotSwapSettings = z.strictObject({
  handover: z.boolean().default(true).describe("true or false"),
  confirm: z.boolean().default(false).describe("true or false"),
  retentionMs: z.int().min(0).max(3_600_000).default(5_000).describe("whole milliseconds from 0 to 3600000"),
  batchSize: z.int().min(1).max(100_000).default(1_000).describe("a whole number from 1 to 100000"),
});
export type HotSwapSettings = z.output<typeof HotSwapSettings>;

/**
 * Moves a running actor with its state, mailbox and timers; who talks to it notices at most a pause.
 *
 * @throws HubConfigError
 */
export const hotSwap = defineStrategy({
  family: "migration",
  name: "hotSwap",
  module: import.meta.url,
  settings: HotSwapSettings,
  decide: ({ handover, ...rest }) => ({ mode: "handoff", carryState: handover, ...rest }),
});
