export { EventLog, eventProblem, eventProblems, type HeardEvent } from "./checkers/events.js";
export { History, type HistoryEvent, type Message } from "./history.js";
export { checkLinearizable, type Linearization } from "./linearizability/check-linearizable.js";
export { failedOutcome, type Operation, type Outcome } from "./linearizability/operation.js";
export { type ActorModel, type ModelStep, modelOf, type SequentialModel } from "./linearizability/sequential-model.js";
export type { Faults, Traffic } from "./sim-network.js";
export { simulate } from "./simulate.js";
export { type SimNode, Simulation, type SimulationOptions } from "./simulation.js";
export { SimulationError } from "./simulation-error.js";
