import { shortest } from "./shortest.js";
import { Simulation, type SimulationOptions } from "./simulation.js";
import { SimulationError } from "./simulation-error.js";
import { checkSimulationOptions } from "./simulation-options.js";
import { Steps } from "./steps.js";

/** Most virtual time a story may take, unless it says otherwise: ten hours. */
const maxMs = 36_000_000;

/**
 * Runs a story on a cluster in one thread and resolves with what it returns: hours of cluster life pass in seconds,
 * and the same seed gives the same history, byte for byte. A failing check rejects with `SimulationError`: the seed, what is
 * wrong, the shortest part of the history that already is (or, of what is promised at rest, of the story: it is told again for that, a few
 * times), and a trace to read. What the story throws comes out as it is, with the seed and a trace after its message. A wrong option rejects
 * with `HubConfigError`.
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
