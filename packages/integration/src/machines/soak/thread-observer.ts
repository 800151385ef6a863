/*
 * The observer that each thread of a soak process imports: it writes the thread's history to a file.
 * Without it the handlers of a process that is killed would be unknown.
 */
import { WrittenHistory } from "./written-history.js";

/** Records what happens in the thread that imports it, in the folder that SOAK_FOLDER names. */
const observer = new WrittenHistory(process.env.SOAK_FOLDER ?? ".");
export default observer;
