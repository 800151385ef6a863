/*
 * The public entry of the simulator: runs a user's story on a whole cluster in one thread.
 * Without it users could test their actors only on real clusters, in real time.
 */
import { shortest } from "./shortest.js";
import { Simulation, type SimulationOptions } from "./simulation.js";
import { SimulationError } from "./simulation-error.js";
import { checkSimulationOptions } from "./simulation-options.js";
import { Steps } from "./steps.js";

/** The most virtual time a story may take by default: ten hours. */
const maxMs = 36_000_000;

/**
 * Runs a story on a cluster in one thread and resolves with what it returns: hours of cluster life pass in seconds, and the same seed gives
 * the same history, byte for byte. A failing check rejects with `SimulationError`: the seed, the broken promises, the shortest part of the
 * history that breaks one (or, for a promise at rest, of the story, which is told again a few times for that), and a trace to read. An
 * error of the story itself is rethrown, with the seed and a trace after its message. A wrong option rejects with `HubConfigError`.
 */
export async function simulate<T>(
  options: SimulationOptions & { readonly maxMs?: number },
  story: (sim: Simulation) => Promise<T>,
): Promise<T> {
  checkSimulationOptions(options, story);
  const tell = (steps: Steps): Promise<T> => new Simulation(options, steps).tell(story, options.maxMs ?? maxMs);
  const whole = new Steps();
  return tell(whole).catch(async (error: unknown) => {
    throw error instanceof SimulationError ? await shortest(error, whole.taken, (limit) => tell(new Steps(limit))) : error;
  });
}
