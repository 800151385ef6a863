export { letterFrame, letterFrom } from "./letter-frames.js";
export { Post } from "./post.js";
export type { Addressee, PostPorts } from "./post-ports.js";
