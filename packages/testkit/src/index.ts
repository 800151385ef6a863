export { History, type HistoryEvent, type Message } from "./history.js";
export type { Faults, Traffic } from "./sim-network.js";
export { simulate } from "./simulate.js";
export { type SimNode, Simulation, type SimulationOptions } from "./simulation.js";
export { SimulationError } from "./simulation-error.js";
