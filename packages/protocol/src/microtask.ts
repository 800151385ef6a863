/**
 * Runs a function when the current one has ended, before anything else: `queueMicrotask` as it is when this loads.
 * Without it a test that puts its own in that place later (fake timers) would stop the hub.
 */
export const microtask: (run: () => void) => void = globalThis.queueMicrotask;
