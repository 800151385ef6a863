import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { until } from "@process-hub/protocol/testing";
import { afterEach, expect, test } from "vitest";
import { describeNats } from "./fixtures/describe-nats.js";
import { NatsServer } from "./fixtures/nats-server.js";

const program = join(import.meta.dirname, "../../..", "apps/demo/dist/main.js");

/** The demo in a process of its own, what it has printed, and how it ended. */
class Demo {
  text = "";
  readonly #child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (some) => {
        this.text += String(some);
      });
    this.ended = once(this.#child, "close").then(([code, signal]) => code ?? signal);
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  says(what: RegExp): Promise<void> {
    return until(`the demo says ${what}`, () => what.test(this.text) || this.text.slice(-500), 40_000);
  }
}

const demos: Demo[] = [];
const demo = (...args: string[]): Demo => {
  const one = new Demo(...args);
  demos.push(one);
  return one;
};
afterEach(async () => {
  for (const one of demos) one.send("SIGKILL");
  await Promise.all(demos.splice(0).map(({ ended }) => ended));
});

/** The demo at a server, and one more that has joined it and carries airports: long before the flights, which are many for that, are over. */
async function joined(server: NatsServer): Promise<[Demo, Demo]> {
  const main = demo("--nats", server.url, "--flights", "1000000");
  await main.says(/10 %/);
  const joiner = demo("--nats", server.url, "--join");
  await joiner.says(/took over \d+ airports/);
  return [main, joiner];
}

const timeout = 150_000;

describeNats("the demo over processes", () => {
  test("a joiner that is told to end (SIGTERM) hands over what it has, and the verdict is exact", { timeout }, async () => {
    await using server = await NatsServer.start();
    const [main, joiner] = await joined(server);
    joiner.send("SIGTERM");
    expect([await joiner.ended, joiner.text]).toEqual([0, expect.stringMatching(/left; \d+ airports went to the others/)]);
    expect([await main.ended, main.text]).toEqual([0, expect.stringMatching(/EXACT: all \d+ airports/)]);
  });

  test("a joiner that is killed is said to be lost, beside what differs for it", { timeout }, async () => {
    await using server = await NatsServer.start();
    const [main, joiner] = await joined(server);
    joiner.send("SIGKILL");
    expect([await main.ended, main.text]).toEqual([
      1,
      expect.stringMatching(/DIFFERENT[\s\S]*1 node was lost \(.+\): what it held restarted from nothing/),
    ]);
  });

  test("a second signal ends it at once; the first one ends the stream", { timeout }, async () => {
    await using server = await NatsServer.start();
    const [main, joiner] = await joined(server);
    server.freeze();
    joiner.send("SIGTERM");
    joiner.send("SIGINT");
    expect([130, 143]).toContain(await joiner.ended);
    expect(joiner.text).not.toMatch(/ left/);
    server.thaw();
    main.send("SIGTERM");
    expect(await main.ended).toBe(143);
  });
});

test("without a server it says so in one line, before it folds anything, and what to do", async () => {
  for (const args of [[], ["--join"]]) {
    const one = demo("--nats", "127.0.0.1:1", ...args);
    expect(await one.ended).toBe(1);
    expect(one.text).toMatch(/^error: .*no NATS server answers at .*127\.0\.0\.1:1: start one there.*\n$/);
  }
});
