export { type InstrumentOptions, instrument } from "./instrument.js";
export { type ObservedHub, observe } from "./observe.js";
