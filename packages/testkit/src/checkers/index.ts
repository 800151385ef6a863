export { notedEvents } from "../noted-events.js";
export { traceOf } from "../trace.js";
export { type Accounts, checkConservation } from "./conservation.js";
export { checkConvergence, type Registries } from "./convergence.js";
export { epochsOverlap, type Overlap } from "./overlap.js";
export { checkSafety } from "./safety.js";
