declare module "comlink/dist/esm/node-adapter.mjs" {
  import type { MessagePort } from "node:worker_threads";
  import type { Endpoint } from "comlink";
  /** Comlink's endpoint over a Node message port. */
  export default function nodeEndpoint(port: MessagePort): Endpoint;
}
