/*
 * Compares, after a trouble, the actors that the registry has on this node with those that its threads have, until they agree.
 * Without it an actor whose last word was lost in the trouble would be registered and run nowhere, or run and be known to nobody, for good.
 */
import {
  type ActorId,
  type Checks,
  type Clock,
  type Epoch,
  HandoffFailed,
  inSlices,
  nodeLifeOf,
  type PlaceId,
  type Present,
  placeInWords,
  presentPage,
  type RegistryRecord,
  toWireError,
} from "@process-hub/protocol";
import type { Hooks } from "../events/hooks.js";
import type { LocalNode } from "../membership/local-node.js";
import type { Claims } from "../placement/claims.js";
import type { Registry } from "../registry/registry.js";
import type { ServingGate } from "../serving/serving-gate.js";
import type { ThreadGroup } from "../threads/thread-group.js";
import type { Recovery } from "./recovery.js";

/** So many ids are looked at in one turn. */
const sliceSize = 2_000;
/** So many differences are told of, and put right, in one turn. */
const mendedPerTurn = 250;

/** The records, the threads, and who mends what differs. */
export interface InventoryPorts {
  readonly checks: Checks;
  readonly local: Pick<LocalNode, "main" | "state">;
  readonly clock: Clock;
  /** How long the two may differ: longer than any step of a move. */
  readonly settleMs: number;
  readonly hooks: Pick<Hooks, "log">;
  readonly gate: Pick<ServingGate, "serves">;
  readonly registry: Pick<Registry, "ids" | "current" | "own" | "publish">;
  readonly claims: Pick<Claims, "isUnderWay">;
  readonly group: Pick<ThreadGroup, "running" | "has" | "control" | "unlessBlocked">;
  readonly recovery: Pick<Recovery, "arrivalLost">;
}

/** A difference, and what ends it. */
interface Difference {
  readonly id: ActorId;
  readonly what: string;
  readonly mend: () => void;
}

/**
 * Registered and running are one, at rest: what the registry has here and no thread has starts again; what a thread runs and this node's
 * records do not name is named. A difference counts when it is the same in two looks: news may be on its way.
 */
export class Inventory {
  readonly #ports: InventoryPorts;
  #due = false;
  #seen: ReadonlySet<string> = new Set();

  constructor(ports: InventoryPorts) {
    this.#ports = ports;
  }

  /** This node served again, a member came or went, a thread died: there is a look, and more while anything differs. */
  soon(): void {
    if (this.#due) return;
    this.#due = true;
    const { clock, settleMs } = this.#ports;
    clock.setTimeout(() => void this.#look(), settleMs);
  }

  async #look(): Promise<void> {
    const { local, gate, hooks, clock } = this.#ports;
    this.#due = false;
    if (local.state === "closed") return;
    if (local.state !== "up" || !gate.serves) {
      this.#seen = new Set();
      this.soon();
      return;
    }
    const seen = new Set<string>();
    const before = this.#seen;
    const look = ({ id, what, mend }: Difference): void => {
      const key = `${id} ${what}`;
      if (!before.has(key)) seen.add(key);
      else if (gate.serves && !this.#ports.claims.isUnderWay(id)) {
        this.#ports.checks.mark("inventoryMended");
        hooks.log("warn", `actor ${id} ${what}: that is put right`);
        mend();
      }
    };
    // Each looks again, when its turn comes, whether it is still so.
    const looked = inSlices(clock, await this.#differences(), (some) => some.forEach(look), mendedPerTurn);
    if (looked !== undefined) await looked;
    this.#seen = seen;
    if (seen.size > 0) this.soon();
  }

  async #differences(): Promise<Difference[]> {
    const { clock } = this.#ports;
    const present = await this.#present();
    const all = [...(await this.#recorded(present))];
    for (const [place, cells] of present) {
      const looked = inSlices(clock, [...cells.values()], (some) => void all.push(...this.#unnamed(place, some)), sliceSize);
      if (looked !== undefined) await looked;
    }
    return all.filter(({ id }) => !this.#ports.claims.isUnderWay(id));
  }

  /** What each thread has; a thread that does not answer is left out. */
  async #present(): Promise<Map<PlaceId, Map<ActorId, Present>>> {
    const { group } = this.#ports;
    const present = new Map<PlaceId, Map<ActorId, Present>>();
    const asks = group.running.map(async (place) => {
      const cells = new Map<ActorId, Present>();
      for (let page = 0; ; page++) {
        const some = await group.unlessBlocked(place, group.control(place).present(page)).catch(() => undefined);
        if (some === undefined) return;
        for (const cell of some) cells.set(cell.id, cell);
        if (some.length < presentPage) break;
      }
      present.set(place, cells);
    });
    await Promise.all(asks);
    return present;
  }

  /** The actors that the registry has on a thread of this node, and that are not there, or go on there under another epoch. */
  async #recorded(present: ReadonlyMap<PlaceId, ReadonlyMap<ActorId, Present>>): Promise<Difference[]> {
    const { registry, local, clock, group } = this.#ports;
    const life = nodeLifeOf(local.main);
    const found: Difference[] = [];
    let looked = 0;
    for (const id of registry.ids()) {
      if (++looked % sliceSize === 0) await new Promise<void>((resolve) => clock.defer(resolve));
      const record = registry.current(id);
      if (record === undefined || record.state === "down" || nodeLifeOf(record.place) !== life) continue;
      const cells = present.get(record.place);
      if (cells === undefined && group.has(record.place)) continue;
      const cell = cells?.get(id);
      if (cell === undefined) found.push(this.#missing(record));
      else if (cell.running && cell.epoch > record.epoch && registry.own(id) === record)
        found.push(this.#behind(record, cell.epoch));
    }
    return found;
  }

  #missing(record: RegistryRecord): Difference {
    const { recovery, registry } = this.#ports;
    const { id } = record.spec;
    const at = placeInWords(record.place);
    const error = new HandoffFailed(`actor ${id} was registered on ${at}, where it did not run`, { id, step: "commit" });
    return {
      id,
      what: `is registered on ${at} under epoch ${record.epoch}, and does not run there`,
      mend: () => {
        if (registry.current(id) === record) recovery.arrivalLost(record, toWireError(error));
      },
    };
  }

  #behind(record: RegistryRecord, epoch: Epoch): Difference {
    const { registry } = this.#ports;
    const { id } = record.spec;
    return {
      id,
      what: `runs under epoch ${epoch}, and is registered under ${record.epoch}`,
      mend: () => {
        if (registry.own(id) === record) registry.publish([{ op: "put", record: { ...record, epoch } }]);
      },
    };
  }

  /** The actors that run on a thread, and that no record of this node names there. */
  #unnamed(place: PlaceId, cells: readonly Present[]): Difference[] {
    const { registry, group } = this.#ports;
    return cells.flatMap(({ id, epoch, running }) => {
      const own = registry.own(id);
      if (!running || (own?.place === place && own.state === "running")) return [];
      return [
        {
          id,
          what: `runs on ${placeInWords(place)} under epoch ${epoch}, and is not registered there`,
          mend: () => {
            if (group.has(place))
              group
                .control(place)
                .sayAgain([id])
                .catch(() => {});
          },
        },
      ];
    });
  }
}
