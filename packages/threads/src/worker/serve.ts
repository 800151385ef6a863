/**
 * The way from a piscina task to a runner and back: ports, links, the calls that a host may make.
 * Without it a worker thread would have definitions and a runner, and no one to speak to.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Observer } from "@process-hub/actor";
import {
  type Bytes,
  type Clock,
  type ControlPort,
  decode,
  encodeMessage,
  hubThreadOf,
  ownedCopy,
  type Packet,
  realClock,
  ThreadBoot,
  type ThreadControl,
  threadControlNames,
} from "@process-hub/protocol";
import { expose } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { PortLink } from "../link/port-link.js";
import { importDefinitions } from "./definitions.js";
import { runExitHooks } from "./exit-hooks.js";
import { Links } from "./links.js";
import { ownContext } from "./own-context.js";
import { Runner } from "./runner.js";
import { OwnErrors, surviveStrayErrors } from "./stray-errors.js";

/** The input of the resident task, from its host. */
export interface ThreadTask {
  readonly boot: ThreadBoot;
  readonly control: MessagePort;
  readonly data: MessagePort;
  /** A module that exports an `Observed`. */
  readonly observer?: string | undefined;
}

/** What the observer's module may export: by default who sees what happens to messages in this thread, and by name the thread's clock. */
interface Observed {
  readonly default?: Observer;
  readonly clock?: Clock;
}

/** The messages of the data port beside packets: a new direct link, or the order to stop. */
export type DataMessage = Packet | { readonly link: string; readonly port: MessagePort } | { readonly stop: true };

/** Runs one thread until its host says stop: piscina's resident task. What it throws while loading is the reason the start failed. */
export async function serveThread(task: ThreadTask): Promise<void> {
  const boot = ThreadBoot.parse(task.boot);
  const behaviours = await importDefinitions(boot.actors, hubThreadOf(workerData)?.refused);
  const observed: Observed = task.observer === undefined ? {} : await import(task.observer);
  const host = new PortLink(task.data);
  const links = new Links(host);
  const own = new OwnErrors();
  const clock = observed.clock ?? realClock;
  const runner = new Runner({
    boot,
    clock: {
      now: () => clock.now(),
      wallMs: () => clock.wallMs(),
      setTimeout: (run, delayMs) => clock.setTimeout(own.guard(run), delayMs),
      defer: (run) => clock.defer(own.guard(run)),
    },
    behaviours,
    transmit: (packet) => links.transmit(packet),
    drained: (from) => links.drained(from),
    observer: observed.default,
    isolate: ownContext(),
  });
  const receive = own.guard((packet: Packet): void => runner.receive(packet));
  await new Promise<void>((resolve, reject) => {
    if (boot.settings.onUnhandled !== "exit") {
      surviveStrayErrors({
        process,
        isOwn: (error) => runner.isInTurn || own.has(error),
        tell: (kind, error) => runner.unhandled(kind, error),
        end: reject,
      });
    }
    host.onPacket(receive);
    task.data.on("message", (message: DataMessage) => {
      if ("stop" in message) resolve();
      else if ("link" in message) links.add(message.link, new PortLink(message.port), receive);
    });
    expose(controlOf(runner.control), nodeEndpoint(task.control));
    task.data.postMessage({ ready: true });
  });
  runExitHooks(process, (error) => runner.unhandled("exception", error));
  runner.close();
  links.close();
  task.control.close();
  host.close();
  parentPort?.unref();
}

/** Only the named calls: comlink would let its peer read, and assign, anything it can reach. */
function controlOf(orders: ThreadControl): ControlPort {
  const control: Record<string, unknown> = Object.create(null);
  for (const name of threadControlNames)
    control[name] = async (bytes: Bytes) => {
      const args = decode(bytes) as never[];
      return ownedCopy(encodeMessage(await (orders[name] as (...args: never[]) => unknown)(...args), name));
    };
  return control as unknown as ControlPort;
}
