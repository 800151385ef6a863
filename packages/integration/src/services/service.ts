/*
 * A process of one of the example services, as a supervisor sees it: started, ready, ended by a signal.
 * Without it each test of a service would start and await processes in its own way.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process of an app that has printed the address where it serves. */
export class Service {
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, ended: Promise<unknown>, address: string) {
    this.#child = child;
    this.#ended = ended;
    this.address = address;
  }

  /** Starts `apps/APP/dist/PROGRAM` and waits for its first line, the address; its complaints go to stderr. */
  static async start(app: string, env: NodeJS.ProcessEnv, program = "main.js"): Promise<Service> {
    const file = fileURLToPath(new URL(`../../../../apps/${app}/dist/${program}`, import.meta.url));
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
    // An aborted test leaves no process behind.
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    const ended = once(child, "exit").finally(() => process.off("exit", kill));
    const line = once(createInterface(child.stdout), "line");
    const [address] = await Promise.race([line, ended]);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${app} ended before it served`);
    return new Service(child, ended, String(address));
  }

  /** Asks it to end, as a deploy does. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
