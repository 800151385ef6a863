export { notedEvents } from "../noted-events.js";
export { checkActivation } from "./activation.js";
export { type Accounts, checkConservation } from "./conservation.js";
export { checkConvergence, type Registries } from "./convergence.js";
export { checkOrder } from "./order.js";
export { checkSafety, epochsOverlap, type Overlap } from "./safety.js";
