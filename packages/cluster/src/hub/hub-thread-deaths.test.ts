import { child } from "@process-hub/actor";
import { type Epoch, type Frame, FrameKind, openOwn, type Packet, type PlaceId, seal } from "@process-hub/protocol";
import { until } from "@process-hub/protocol/testing";
import { hotSwap } from "@process-hub/strategies";
import { InlineThread } from "@process-hub/threads/inline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Counter, Ledger } from "../fixtures/actors.js";
import { Lab } from "../fixtures/lab.js";
import type { Hub } from "./hub.js";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.close().finally(() => vi.restoreAllMocks()));

test("a source that was busy while its target died and was replaced: the actor it then lets go runs again", async () => {
  const hub = await lab.hub("a");
  await hub.start(Counter, { id: "c" });
  const from = threadOf(hub, "c");
  const neighbour = await startOn(hub, 1 - from);
  const [source, target] = [threads("a")[from], threads("a")[1 - from]] as [InlineThread, InlineThread];
  const busy = hold(source, (frame) => !Array.isArray(frame) && frame.type === "loaded");
  const moving = hub.move("c", { node: "a", thread: 1 - from }).catch((error: Error) => error);
  await until("it is loaded", () => busy.held > 0);
  target.kill(new Error("as told"));
  await until("the thread has its next life", async () => threads("a").length === 3 && (await read(hub, neighbour)) === 0);
  await busy.releaseInTurns();
  await moving;
  expect(await read(hub, "c")).toBe(0);
});

test("the news of its target's death right behind the word that it is loaded: the actor goes on at once where it was", async () => {
  const hub = await lab.hub("a", { timings: { handoffTimeoutMs: 100_000 } });
  const c = await hub.start(Counter, { id: "c" });
  await c.ask("add", { by: 3 });
  const from = threadOf(hub, "c");
  const [source, target] = [threads("a")[from], threads("a")[1 - from]] as [InlineThread, InlineThread];
  const busy = hold(source, (frame) => !Array.isArray(frame) && frame.type === "loaded");
  const moving = hub.move("c", { node: "a", thread: 1 - from }).catch((error: Error) => error.message);
  await until("it is loaded", () => busy.held > 0);
  target.kill(new Error("as told"));
  await until("the source is to hear of it", () => busy.holds("placeDown"));
  busy.releaseAll();
  expect(await moving).toMatch(/went down; it goes on where it was/);
  expect(await read(hub, "c")).toBe(3);
});

test("an actor handed to a node whose only thread has just died runs again", async () => {
  const [a, b] = (await lab.nodes(["a", "b"], { threads: 1, migration: hotSwap() })) as [Hub, Hub];
  await a.start(Counter, { id: "c" });
  const [from, to] = a.lookup("c")?.replicas[0]?.node === "a" ? [a, b] : [b, a];
  const [[source], [target]] = [threads(from.node), threads(to.node)] as [InlineThread[], InlineThread[]];
  const gate = holdStarts(to.node);
  const busy = hold(source as InlineThread, (frame) => !Array.isArray(frame) && frame.type === "loaded");
  const moving = a.move("c", { node: to.node }).catch((error: Error) => error);
  await until("it is loaded", () => busy.held > 0);
  target?.kill(new Error("as told"));
  await until("its node has noticed", () => threads(to.node).length === 2);
  await busy.releaseInTurns();
  await until("its node knows that it is there", () => to.lookup("c")?.replicas[0]?.node === to.node);
  gate.open();
  await moving;
  expect(await read(a, "c")).toBe(0);
});

test("an actor that was lost on its way runs again, also when the word of its loss comes before the news of its move", async () => {
  const news = holdNews();
  const [a, b] = (await lab.nodes(["a", "b"], { threads: 1, migration: hotSwap(), timings: { handoffTimeoutMs: 1_000 } })) as [
    Hub,
    Hub,
  ];
  await a.start(Counter, { id: "c" });
  const [from, to] = a.lookup("c")?.replicas[0]?.node === "a" ? [a, b] : [b, a];
  const [[source], [target]] = [threads(from.node), threads(to.node)] as [[InlineThread], [InlineThread]];
  const busy = hold(source, (frame) => !Array.isArray(frame) && frame.type === "loaded");
  const moving = a.move("c", { node: to.node }).catch((error: Error) => error);
  await until("it is loaded", () => busy.held > 0);
  const { saga, outcomes } = busy.found("loaded");
  target.send(
    seal(source.place, target.place, [{ type: "abort", saga, actors: outcomes.map(({ id, epoch }) => ({ id, epoch })) }], 0),
  );
  await busy.releaseInTurns();
  await until("its target has said that it is not there", () => news.lost);
  news.release();
  await moving;
  expect(await read(a, "c")).toBe(0);
});

test("a new thread does not follow late news to a place that died before it was born", async () => {
  const hub = await lab.hub("a");
  const told = await startOn(hub, 1, Ledger);
  const dead = threads("a")[0] as InlineThread;
  dead.kill(new Error("as told"));
  await until("the thread has its next life", () => threads("a").length === 3);
  const sender = hub.ref(Ledger, await startOn(hub, 0, Ledger));
  const count = async (): Promise<number> => (await hub.ref(Ledger, told).ask("read")).count;
  sender.tell("relay", { to: told, first: 1, count: 1 });
  await until("it has a route", async () => (await count()) === 1);
  const [, other, born] = threads("a") as [InlineThread, InlineThread, InlineThread];
  expect(born.place).toMatch("/0.1");
  born.send(seal(other.place, born.place, [[FrameKind.moved, told, 500, dead.place]], 0));
  sender.tell("relay", { to: told, first: 2, count: 1 });
  await until("the second has come", async () => (await count()) === 2);
});

test("a message overtakes none that a thread had passed on before it died", async () => {
  const hub = await lab.hub("a", { threads: 3 });
  const told = await startOn(hub, 0, Ledger);
  const sender = hub.ref(Ledger, await startOn(hub, 2, Ledger));
  const ledger = (): Promise<{ count: number; wrong: string[] }> => hub.ref(Ledger, told).ask("read");
  sender.tell("relay", { to: told, first: 1, count: 1 });
  await until("its sender has a route", async () => (await ledger()).count === 1);
  const [dying, target, source] = threads("a") as [InlineThread, InlineThread, InlineThread];
  const receive = source.receive.bind(source);
  const isNews = (frame: Frame): boolean => (Array.isArray(frame) ? frame[0] === FrameKind.moved : frame.type === "relocated");
  source.receive = (packet) => openOwn(packet).some(isNews) || receive(packet);
  await hub.move(told, { node: "a", thread: 1 });
  const busy = hold(target, (frame) => Array.isArray(frame) && frame[0] === FrameKind.envelope);
  sender.tell("relay", { to: told, first: 2, count: 1 });
  await until("it was passed on", () => busy.held > 0);
  dying.kill(new Error("as told"));
  await until("its node has noticed", () => threads("a").length === 4);
  sender.tell("relay", { to: told, first: 3, count: 1 });
  // The sender's lookup, had it made one, is answered by the second of these.
  for (let n = 0; n < 3; n++) await sender.ask("read");
  // Of several ports any may be read first.
  await busy.releaseInTurns(source.place);
  await until("both have come", async () => (await ledger()).count === 3);
  expect((await ledger()).wrong).toEqual([]);
});

test("word of an arrival that comes after the actor has gone on, and died, and runs again, stops nobody", async () => {
  const deaf = holdReports((frame) => !Array.isArray(frame) && frame.type === "arrived");
  const hub = await lab.hub("a", { threads: 3 });
  await hub.start(Counter, { id: "c" });
  const from = threadOf(hub, "c");
  deaf.place = threads("a")[(from + 1) % 3]?.place;
  await hub.move("c", { node: "a", thread: (from + 1) % 3 });
  await hub.move("c", { node: "a", thread: (from + 2) % 3 });
  threads("a")[(from + 2) % 3]?.kill(new Error("as told"));
  await until("it runs again", async () => threads("a").length === 4 && (await read(hub, "c")) === 0);
  const runs = hub.lookup("c");
  expect(deaf.held).toBeGreaterThan(0);
  deaf.release();
  expect(hub.lookup("c")).toEqual(runs);
  expect(await read(hub, "c")).toBe(0);
});

test("an actor of a thread that cannot be replaced, the only one, waits, and that is seen; it is not dropped", async () => {
  const hub = await lab.hub("a", { threads: 1 });
  await hub.start(Counter, { id: "c" });
  const failing: unknown[] = [];
  hub.on("startFailing", (event) => failing.push(event));
  const all = lab.threads.get("a");
  if (all === undefined) throw new Error("no threads");
  const spawn = all.spawn.bind(all);
  all.spawn = (boot) => Object.assign(spawn(boot), { start: () => Promise.reject(new Error("no room")) });
  threads("a")[0]?.kill(new Error("as told"));
  await until("its node has noticed", () => threads("a").length === 2);
  const late = hub.start(Counter, { id: "d" }).catch((error: Error) => error.message);
  await until("it waits", () => failing.length > 1);
  expect(failing[0]).toMatchObject({ id: "c", attempt: 1, error: { code: "StartFailed" } });
  expect(hub.lookup("c")).toMatchObject({ replicas: [], waiting: { node: "a", error: { code: "StartFailed" } } });
  expect(hub.stats().startsFailing).toBe(1);
  expect(await late).toMatch("none could be replaced");
  await hub.stop("c");
  expect([hub.lookup("c"), hub.stats().startsFailing]).toEqual([undefined, 0]);
});

test("a restart whose thread dies under it is tried again under a fresh epoch", async () => {
  const hub = await lab.hub("a", { threads: 1 });
  await hub.start(Counter, { id: "c" });
  const epochs: Epoch[] = [];
  onStart("a", (thread, epoch) => {
    epochs.push(epoch);
    if (epochs.length < 3) thread.kill(new Error("as told"));
  });
  threads("a")[0]?.kill(new Error("as told"));
  await until("it runs", async () => (await read(hub, "c")) === 0);
  expect(epochs.length).toBe(3);
  expect(new Set(epochs).size).toBe(3);
});

function threads(node: string): InlineThread[] {
  return lab.threads.get(node)?.spawned ?? [];
}

function threadOf(hub: Hub, id: string): number {
  return hub.lookup(id)?.replicas[0]?.thread as number;
}

function read(hub: Hub, id: string): Promise<number> {
  return hub.ref(Counter, id).ask("read", undefined, { timeoutMs: 3_000 });
}

/** Starts an actor that belongs on a thread. */
async function startOn(hub: Hub, thread: number, actor: typeof Counter | typeof Ledger = Counter): Promise<string> {
  for (let i = 0; ; i++) {
    const id = `${thread}-${i}`;
    await hub.startChildren([child(actor, { id })]);
    if (threadOf(hub, id) === thread) return id;
  }
}

type ToldFrame = Exclude<Frame, readonly unknown[]>;

/** From the first such frame on, a thread takes nothing in, as if a handler blocked it. */
function hold(thread: InlineThread, first: (frame: Frame) => boolean) {
  const receive = thread.receive.bind(thread);
  const late: Packet[] = [];
  thread.receive = (packet) => {
    if (late.length > 0 || openOwn(packet).some(first)) late.push(packet);
    else receive(packet);
  };
  return {
    get held(): number {
      return late.length;
    },
    holds(type: string): boolean {
      return late.flatMap(openOwn).some((frame) => !Array.isArray(frame) && frame.type === type);
    },
    found<T extends ToldFrame["type"]>(type: T): Extract<ToldFrame, { type: T }> {
      const all = late.flatMap(openOwn).filter((frame): frame is ToldFrame => !Array.isArray(frame));
      return all.find((frame): frame is Extract<ToldFrame, { type: T }> => frame.type === type) as Extract<
        ToldFrame,
        { type: T }
      >;
    },
    /** All in one turn. */
    releaseAll(): void {
      thread.receive = receive;
      for (const packet of late) receive(packet);
    },
    /** A turn for each; what comes from `place` before all else. */
    async releaseInTurns(place?: PlaceId): Promise<void> {
      thread.receive = receive;
      for (const packet of late.sort((a, b) => Number(b.from === place) - Number(a.from === place))) {
        receive(packet);
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
  };
}

/** From the first such frame of the thread at `place` on, the main thread takes in nothing that it says. */
function holdReports(first: (frame: Frame) => boolean): {
  place: string | undefined;
  readonly held: number;
  release(): void;
} {
  const late: (() => void)[] = [];
  const ear = {
    place: undefined as string | undefined,
    get held() {
      return late.length;
    },
    release: () => late.forEach((hear) => void hear()),
  };
  const { onMessage } = InlineThread.prototype;
  vi.spyOn(InlineThread.prototype, "onMessage").mockImplementation(function (this: InlineThread, listener) {
    onMessage.call(this, (packet) => {
      const held = packet.from === ear.place && (late.length > 0 || openOwn(packet).some(first));
      if (held) late.push(() => listener(packet));
      else listener(packet);
    });
  });
  return ear;
}

/** Main threads do not hear yet what says that actors have left, as when other nodes are to pass it on; `lost`: one was said to be lost. */
function holdNews(): { readonly lost: boolean; release(): void } {
  const late: (() => void)[] = [];
  let lost = false;
  const { onMessage } = InlineThread.prototype;
  vi.spyOn(InlineThread.prototype, "onMessage").mockImplementation(function (this: InlineThread, listener) {
    onMessage.call(this, (packet) => {
      const told = openOwn(packet).filter((frame): frame is ToldFrame => !Array.isArray(frame));
      if (told.some(({ type }) => type === "departed")) late.push(() => listener(packet));
      else listener(packet);
      lost ||= told.some((frame) => frame.type === "ended" && frame.reason === "lost");
    });
  });
  return {
    get lost() {
      return lost;
    },
    release: () => late.forEach((hear) => void hear()),
  };
}

/** Threads of a node that are made from now on start when the gate is opened. */
function holdStarts(node: string): { open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  eachNew(node, (thread) => {
    const start = thread.start.bind(thread);
    thread.start = () => opened.then(start);
  });
  return { open: () => open() };
}

/** Calls back before each start of an actor on a thread made from now on. */
function onStart(node: string, starting: (thread: InlineThread, epoch: Epoch) => void): void {
  eachNew(node, (thread) => {
    const start = thread.start.bind(thread);
    thread.start = async () => {
      const control = await start();
      return {
        ...control,
        start: (orders) => {
          for (const { epoch } of orders) starting(thread, epoch);
          return control.start(orders);
        },
      };
    };
  });
}

function eachNew(node: string, change: (thread: InlineThread) => void): void {
  const all = lab.threads.get(node);
  if (all === undefined) throw new Error(`no node ${node}`);
  const spawn = all.spawn.bind(all);
  all.spawn = (boot) => {
    const thread = spawn(boot);
    change(thread);
    return thread;
  };
}
