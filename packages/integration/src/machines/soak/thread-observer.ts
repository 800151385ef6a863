/*
 * The observer and the clock that each thread of a soak process imports: the thread's history goes to a file, its time can be held.
 * Without it the handlers of a process that is killed would be unknown.
 */
import { SuspendableClock } from "./suspendable-clock.js";
import { WrittenHistory } from "./written-history.js";

/** Records what happens in the thread that imports it, in the folder that SOAK_FOLDER names. */
const observer = new WrittenHistory(process.env.SOAK_FOLDER ?? ".");
export default observer;

/** The clock of the process, in the thread that imports it. */
export const clock = SuspendableClock.ofProcess();
