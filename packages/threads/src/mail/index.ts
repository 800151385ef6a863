export { letterFrame, letterFrom } from "./letter-frames.js";
export { type Addressee, Post, type PostPorts } from "./post.js";
