/*
 * The rooms of apps/rooms under a rolling deploy and under the death of a process, with players at real sockets.
 * Without it nobody would have seen what the service promises.
 */
import { until } from "@process-hub/protocol/testing";
import { NatsServer } from "../../fixtures/nats-server.js";
import { Service } from "../service.js";
import { Player } from "./player.js";

/** What came of it. */
export interface RoomsFigures {
  readonly actions: number;
  readonly events: number;
  /** What a player heard twice, too late, or not at all, as text. */
  readonly wrong: readonly string[];
  /** Why sockets closed, by how often. */
  readonly closes: Readonly<Record<string, number>>;
  /** The longest time that a player heard nothing, in a calm second, in the deploy, and around the kill. */
  readonly calmGapMs: number;
  readonly rollGapMs: number;
  readonly killGapMs: number;
}

const playEveryMs = 1_000;
const tickMs = 10;

class Table {
  readonly players: Player[];
  #turns = 0;
  #fromMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(players: number, rooms: number, doors: () => readonly string[]) {
    this.players = Array.from({ length: players }, (_, i) => new Player(`room-${i % rooms}`, `p${i}`, doors, i));
  }

  /** Each player acts every `playEveryMs`, one after the other. */
  begin(): void {
    this.#fromMs = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.#fromMs) * this.players.length) / playEveryMs;
      while (this.#turns < due) this.players[this.#turns++ % this.players.length]?.play();
    }, tickMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  lap(): number {
    return Math.round(Math.max(...this.players.map((player) => player.lap())));
  }

  /** Resolves when every player has heard `count` more events. */
  async hears(count: number): Promise<void> {
    const before = this.players.map(({ seq }) => seq);
    await until("all players hear", () => this.players.every(({ seq }, i) => seq >= (before[i] ?? 0) + count));
  }

  /** Resolves when every player has heard all that was done in the room. */
  async hearsAll(): Promise<void> {
    const isMissing = (player: Player): boolean =>
      this.players.some(({ room, name, played }) => room === player.room && (player.heard.get(name) ?? 0) < played);
    await until("all players have heard all", () => this.players.filter(isMissing).length === 0);
  }

  figures(): Pick<RoomsFigures, "actions" | "events" | "wrong" | "closes"> {
    const closes: Record<string, number> = {};
    for (const player of this.players)
      for (const [why, times] of Object.entries(player.closes)) closes[why] = (closes[why] ?? 0) + times;
    return {
      actions: this.players.reduce((sum, { played }) => sum + played, 0),
      events: this.players.reduce((sum, { seq }) => sum + seq, 0),
      wrong: this.players.flatMap(({ wrong }) => wrong),
      closes,
    };
  }
}

/** Three processes, replaced one after the other while players play, and one of them killed. `tell`: hears a line for each step. */
export async function roomsDrill(
  { players, rooms }: { readonly players: number; readonly rooms: number },
  tell: (line: string) => void = () => {},
): Promise<RoomsFigures> {
  await using server = await NatsServer.start();
  const start = (): Promise<Service> =>
    Service.start("rooms", { NATS_URL: server.url, HUB_SECRET: "of the drill alone, and long enough" });
  const services = await Promise.all([start(), start(), start()]);
  const table = new Table(players, rooms, () => services.map(({ address }) => address));
  try {
    table.begin();
    await table.hears(10);
    table.lap();
    await table.hears(10);
    const calmGapMs = table.lap();
    tell(`${players} players in ${rooms} rooms hear; longest gap ${calmGapMs} ms`);
    let rollGapMs = 0;
    for (let i = 0; i < 3; i++) {
      const [old] = services.splice(0, 1);
      const code = await old?.stop();
      const downMs = table.lap();
      services.push(await start());
      await table.hears(10);
      const upMs = table.lap();
      tell(`process ${i + 1} replaced (exit code ${code}); longest gap ${downMs} ms as it ended, ${upMs} ms as another began`);
      rollGapMs = Math.max(rollGapMs, downMs, upMs);
    }
    const [victim] = services.splice(0, 1);
    await victim?.kill();
    await table.hears(10);
    const killGapMs = table.lap();
    tell(`a process killed; longest gap ${killGapMs} ms`);
    table.end();
    await table.hearsAll();
    return { ...table.figures(), calmGapMs, rollGapMs, killGapMs };
  } finally {
    table.end();
    for (const player of table.players) player.leave();
    await Promise.all(services.map((service) => service.kill()));
  }
}
