export { type InlineOptions, InlineThread, InlineThreads } from "./inline-threads.js";
