/*
 * Says which modules `ctx.job` may run on this node.
 * Without it a handler that takes the address of a job from a message would run whatever its sender names.
 */
import { HubConfigError, urlOf } from "@process-hub/protocol";

/** The modules of a node's jobs: those in the folders of its actors' modules, and those that its settings name. */
export class JobModules {
  readonly #modules = new Set<string>();
  /** Each ends with a slash. */
  readonly #folders = new Set<string>();

  /** `actors`: the modules of the definitions. `jobs`: of modules, and of folders, which end with a slash. All are URLs. */
  constructor(actors: readonly string[], jobs: readonly string[]) {
    for (const module of actors) if (module.startsWith("file:")) this.#folders.add(new URL(".", module).href);
    for (const job of jobs) (job.endsWith("/") ? this.#folders : this.#modules).add(new URL(job).href);
  }

  /** Throws `HubConfigError` for a module that is not one of them, or under one of the folders. */
  check(module: string): void {
    const href = urlOf(module)?.href;
    if (href !== undefined && (this.#modules.has(href) || this.#holds(href))) return;
    const allowed =
      "a module in the folder of an actor's module, or one that the option `jobs` of createHub names (or whose folder it names)";
    const given = module.slice(0, 200);
    throw new HubConfigError(`ctx.job: takes ${allowed}; given: ${given}`, { path: "module", given, allowed });
  }

  #holds(href: string): boolean {
    // An encoded slash or dot could lead out of the folder it seems to be in.
    if (/%2f|%5c|%2e|[?#]/i.test(href)) return false;
    return [...this.#folders].some((folder) => href.startsWith(folder));
  }
}
