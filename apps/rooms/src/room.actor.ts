/*
 * A room: it numbers what its players do, and tells all who listen.
 * Without an actor a room would live in one process, and end with that.
 */
import { defineActor } from "process-hub/actor";
import { z } from "zod";

/** What a player does in a room. Players number their actions 1, 2, 3, ...: so one that is sent again after a reconnect is known. */
export const Action = z.object({ player: z.string(), n: z.int().positive(), text: z.string().max(1_000) });
export type Action = z.output<typeof Action>;

/** One room; the first action, or the first player who comes, starts it. */
export const Room = defineActor({
  name: "room",
  module: import.meta.url,
  state: z.object({ last: z.map(z.string(), z.int()) }),
  init: () => ({ last: new Map() }),
  autoStart: () => undefined,
})
  .event("played", Action)
  .on("last", { input: z.string(), output: z.int() }, (state, player) => state.last.get(player) ?? 0)
  .on("play", { input: Action }, (state, action, ctx) => {
    // Of somebody whom it has not heard of it takes any first number: it may have forgotten all, with each process that knew.
    const last = state.last.get(action.player) ?? action.n - 1;
    if (action.n <= last) return;
    if (action.n > last + 1) throw new Error(`${action.player} played ${action.n} after ${last}: what lies between got lost`);
    state.last.set(action.player, action.n);
    ctx.emit("played", action);
  });
