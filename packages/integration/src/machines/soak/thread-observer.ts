import { WrittenHistory } from "./written-history.js";

/** Sees what happens in the thread that imports it, and writes it to the folder that SOAK_FOLDER names. */
const observer = new WrittenHistory(process.env.SOAK_FOLDER ?? ".");
export default observer;
