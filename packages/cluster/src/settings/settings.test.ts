import { child } from "@process-hub/actor";
import { HubConfigError } from "@process-hub/protocol";
import { hotSwap } from "@process-hub/strategies";
import { describe, expect, test } from "vitest";
import { Counter } from "../fixtures/actors.js";
import { type HubOptions, hubSettings } from "./settings.js";

const wrong: readonly (readonly [path: string, given: string, options: unknown])[] = [
  ["id", "undefined", {}],
  ["id", '"no spaces"', { id: "no spaces" }],
  ["node", '"a/b"', { id: "h", node: "a/b" }],
  ["threads", "0", { id: "h", threads: 0 }],
  ["threads", "1.5", { id: "h", threads: 1.5 }],
  ["actors.0", "{}", { id: "h", actors: [{}] }],
  ["actors", '"counter"', { id: "h", actors: [Counter, Counter] }],
  ["transport", "{}", { id: "h", transport: {} }],
  ["migration", '"hotSwap"', { id: "h", migration: "hotSwap" }],
  ["distribution", expect.any(String), { id: "h", distribution: hotSwap() }],
  ["children.0", '"boot"', { id: "h", children: ["boot"] }],
  ["hooks.memberjoined", expect.any(String), { id: "h", hooks: { memberjoined: [() => {}] } }],
  ["hooks.memberJoined.0", "1", { id: "h", hooks: { memberJoined: [1] } }],
  ["timings.heartbeatIntervalMs", "-1", { id: "h", timings: { heartbeatIntervalMs: -1 } }],
  ["timings.heartbeat", "5", { id: "h", timings: { heartbeat: 5 } }],
  ["timings.downAfterMs", "600", { id: "h", timings: { downAfterMs: 600 } }],
  ["timings.suspectAfterMs", "2500", { id: "h", timings: { suspectAfterMs: 2_500 } }],
  ["limits.mailbox", "0", { id: "h", limits: { mailbox: 0 } }],
  ["timings.discoveryMs", "1", { id: "h", timings: { discoveryMs: 1 } }],
  ["limits.actorWindow", "50", { id: "h", limits: { mailbox: 40, actorWindow: 50 } }],
  ["limits.restarts.max", '"many"', { id: "h", limits: { restarts: { max: "many" } } }],
  ["threads", "1025", { id: "h", threads: 1_025 }],
  ["synchronization", "null", { id: "h", synchronization: null }],
  ["redundancy", expect.any(String), { id: "h", redundancy: hotSwap() }],
  ["partitionTolerance", "{}", { id: "h", partitionTolerance: {} }],
  ["children", '"boot"', { id: "h", children: "boot" }],
  ["hooks.memberJoined", "a function", { id: "h", hooks: { memberJoined: () => {} } }],
  ["hooks.childStart.0", "null", { id: "h", hooks: { childStart: [null] } }],
  ["timings.askTimeoutMs", "0", { id: "h", timings: { askTimeoutMs: 0 } }],
  ["timings.jobTimeoutMs", '"1 s"', { id: "h", timings: { jobTimeoutMs: "1 s" } }],
  ["timings", "5", { id: "h", timings: 5 }],
  ["limits.jobs.threads", "0", { id: "h", limits: { jobs: { threads: 0 } } }],
  ["limits.jobs.queue", "-1", { id: "h", limits: { jobs: { queue: -1 } } }],
  ["limits.storage.keys", "1.5", { id: "h", limits: { storage: { keys: 1.5 } } }],
  ["limits.storage.size", "5", { id: "h", limits: { storage: { size: 5 } } }],
  ["limits.restarts.withinMs", "null", { id: "h", limits: { restarts: { withinMs: null } } }],
  ["redundency", "2", { id: "h", redundency: 2 }],
  ["options", "null", null],
  ["children.0", "{}", { id: "h", children: [{}] }],
  ["children.0.actor", '"counter"', { id: "h", children: [child(Counter, { id: "a" })] }],
  [
    "children.1.options.id",
    '"a"',
    { id: "h", actors: [Counter], children: [child(Counter, { id: "a" }), child(Counter, { id: "a" })] },
  ],
];

describe("hub settings", () => {
  test.each(wrong)("a wrong %s, given %s, is named with what is allowed", (path, given, options) => {
    let error: unknown;
    try {
      hubSettings(options as HubOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(HubConfigError);
    expect(error).toMatchObject({ code: "HubConfigError", fields: { path, given, allowed: expect.stringMatching(/./) } });
    expect((error as Error).message).toContain(path);
  });

  test("an option that does not exist names those that do", () => {
    expect(() => hubSettings({ id: "h", limits: { mailboxes: 5 } } as unknown as HubOptions)).toThrow(
      /limits\.mailboxes.*mailbox, restarts/,
    );
    expect(() => hubSettings({ id: "h", hooks: { memberjoined: [] } } as unknown as HubOptions)).toThrow(
      /hooks\.memberjoined.*memberJoining, memberJoined,.*childStart/,
    );
  });

  test("a time of suspicion that nobody gave stays below the time of death", () => {
    const timings = { heartbeatIntervalMs: 100, downAfterMs: 400 };
    expect(hubSettings({ id: "h", timings }).timings).toMatchObject({ ...timings, suspectAfterMs: 200 });
    expect(hubSettings({ id: "h" }).timings).toMatchObject({ suspectAfterMs: 1_000, downAfterMs: 2_000 });
  });

  test("need an id alone, and fill in the defaults of the design", () => {
    const { distribution, migration, redundancy, synchronization, partitionTolerance, limits } = hubSettings({ id: "h" });
    expect([distribution, migration, redundancy, synchronization, partitionTolerance].map(({ name }) => name)).toEqual([
      "consistentHashing",
      "hotSwap",
      "singularity",
      "pubSub",
      "divergence",
    ]);
    expect([limits.mailbox, limits.restarts]).toEqual([10_000, { max: 100, withinMs: 4_000 }]);
  });

  test("take all that the API names", () => {
    const options: HubOptions = {
      id: "shop",
      node: "node-1",
      threads: 2,
      actors: [Counter],
      transport: { open: async () => {}, broadcast: () => {}, send: () => {}, close: async () => {} },
      migration: hotSwap(),
      children: [child(Counter, { id: "boot-1" })],
      hooks: { memberJoined: [() => {}], childStart: [(spec) => spec] },
      timings: { lockRecoveryMs: 5_000 },
      limits: { restarts: { max: 3 } },
    };
    expect(hubSettings(options)).toMatchObject({ node: "node-1", limits: { restarts: { max: 3, withinMs: 4_000 } } });
  });
});
