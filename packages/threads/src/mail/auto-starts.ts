/*
 * Starts the actors that mail of this place is for, where their kind says so (`autoStart`) and no actor has the id.
 * Without it mail for an actor that nobody has started, or that has just ended, would find no one.
 */
import { type ActorKind, type AutoStart, type Envelope, type Mail, startedSpec } from "@process-hub/actor";
import { type ActorId, type Checks, type ChildSpec, HubError, StartFailed } from "@process-hub/protocol";

/** The ports of auto starts. */
export interface AutoStartsPorts {
  /** Starts an actor where it belongs; rejects with why it did not start. */
  readonly start: (spec: ChildSpec) => Promise<void>;
  /** The `autoStart` of a kind that this node has, by name. */
  readonly known: (kind: string) => AutoStart | undefined;
}

/** What came of a start: `"there"`: it runs, or is being started; an error that waiting does not mend; `"unknown"`: it is to be looked for again. */
export type AutoStarted = "there" | "unknown" | HubError;

/** The errors of a start that another attempt may not have: who was asked is gone, or did not answer. */
const passing: ReadonlySet<string> = new Set(["NodeDown", "HubClosed", "AskTimeout", "ThreadExited"]);

/** The kinds that messages of this place were for, and the starts that these need. */
export class AutoStarts {
  readonly #ports: AutoStartsPorts;
  readonly #checks: Checks;
  readonly #kinds = new Map<string, AutoStart>();

  constructor(ports: AutoStartsPorts, checks: Checks) {
    this.#ports = ports;
    this.#checks = checks;
  }

  /** A message for an actor of this kind is sent. */
  note({ name, autoStart }: ActorKind): void {
    if (autoStart !== undefined && this.#kinds.get(name) !== autoStart) this.#kinds.set(name, autoStart);
  }

  /** Starts an actor for the mail that waits for it; undefined when no kind of that mail starts it. Never rejects. */
  begin(id: ActorId, mails: readonly Mail[]): Promise<AutoStarted> | undefined {
    const isStarting = (mail: Mail): mail is Envelope => mail.kind === "envelope" && this.#of(mail) !== undefined;
    const first = mails.find(isStarting);
    const autoStart = first && this.#of(first);
    if (first?.actor == null || autoStart === undefined) return undefined;
    this.#checks.mark("autoStarted");
    return this.#start(first.actor, autoStart, id);
  }

  #of({ actor = null }: Envelope): AutoStart | undefined {
    return actor === null ? undefined : (this.#kinds.get(actor) ?? this.#ports.known(actor));
  }

  async #start(kind: string, autoStart: AutoStart, id: ActorId): Promise<AutoStarted> {
    try {
      await this.#ports.start(startedSpec(kind, autoStart, id));
      return "there";
    } catch (error) {
      if (!(error instanceof HubError))
        return new StartFailed(`actor ${id} could not be started: ${String(error)}`, { id }, error);
      if (error.code === "AlreadyStarted") return "there";
      return passing.has(error.code) ? "unknown" : error;
    }
  }
}
