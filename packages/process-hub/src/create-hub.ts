import { availableParallelism, hostname } from "node:os";
import { workerData } from "node:worker_threads";
import { Hub, type HubOptions, hubSettings, memoryNetwork } from "@process-hub/cluster";
import { hubThreadOf, oneARound, realClock, realRandom, refuseHubIn } from "@process-hub/protocol";
import { WorkerThreads } from "@process-hub/threads/host";
import { logHub } from "./logging.js";
import { ProcessLoad } from "./process-load.js";
import { strategyThreads } from "./strategy-threads.js";

/**
 * Makes a node of a hub: starts its threads, joins the nodes of the same id, starts the static children.
 * Resolves when it serves. Rejects with `HubConfigError` (the path, what was given, what is allowed), `SettingsMismatch`, `Unauthenticated`,
 * `ProtocolMismatch` or `StartFailed`; then nothing is left running.
 * Without it each user would put the clock, the threads and the strategies together by hand, and could leave some running when one fails.
 *
 * Threads import the modules of their actors. So a module that defines actors and makes a hub does that `if (isMainThread)`: in the
 * threads of a hub `createHub` is refused, and the hub whose thread it was does not start. A thread of your own may make one.
 */
export async function createHub(options: HubOptions): Promise<Hub> {
  refuseHubIn(hubThreadOf(workerData));
  const settings = hubSettings(options);
  const { resourceLimits, env, execArgv } = settings.threads;
  const clock = oneARound(realClock);
  const threads = new WorkerThreads({
    clock,
    startTimeoutMs: settings.timings.startTimeoutMs,
    jobThreads: settings.limits.jobs.threads,
    worker: { resourceLimits, env, execArgv },
  });
  const hub = new Hub({
    settings,
    node: settings.node ?? defaultNode(),
    threadCount: settings.threads.count ?? Math.max(1, availableParallelism() - 1),
    clock,
    random: realRandom,
    threads,
    strategies: strategyThreads(clock),
    load: new ProcessLoad(threads),
    transport: settings.transport ?? memoryNetwork().transport(),
  });
  logHub(hub, settings.logger);
  await hub.open();
  return hub;
}

function defaultNode(): string {
  const host =
    hostname()
      .replaceAll(/[^\w.-]/g, "-")
      .slice(0, 100) || "node";
  return `${host}-${process.pid}-${realRandom.id().slice(0, 6)}`;
}
