/*
 * The echo behind comlink.
 * Without it the asks of actors would not be compared with calls through a proxy.
 */
import { workerData } from "node:worker_threads";
import { type Endpoint, expose } from "comlink";

const { port } = workerData as { readonly port: Endpoint };
expose(({ n }: { readonly n: number }) => n, port);
