import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Hubs } from "./fixtures/hubs.js";
import { Tidy } from "./fixtures/tidy.actor.js";

let hubs: Hubs;
let folder: string;
beforeEach(() => {
  hubs = new Hubs();
  folder = mkdtempSync(join(tmpdir(), "process-hub-exit-"));
});
afterEach(async () => {
  await hubs.close();
  rmSync(folder, { recursive: true });
});

test("what a module does at the end of a process it does when its thread ends: each thread, once", async () => {
  const file = join(folder, "ends");
  const hub = await hubs.make("a", { threads: { count: 2, env: { TIDY_FILE: file } }, actors: [Tidy] });
  expect(await (await hub.start(Tidy, { id: "t" })).ask("hello")).toBe("hello");
  await hub.close();
  expect(readFileSync(file, "utf8")).toBe("exit 0\nexit 0\n");
});
