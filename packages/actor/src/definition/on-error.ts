/** What an actor does when a handler throws: goes on with its state, begins anew with `init`, or ends. */
export const onErrors = ["resume", "restart", "stop"] as const;
export type OnError = (typeof onErrors)[number];
