/*
 * The table of packages and rooms: which may import which.
 * Without it the floors of ARCHITECTURE.md would be a wish.
 */
/**
 * Rooms from the top floor down: each may import those below it.
 */
function floors(...rooms) {
  return Object.fromEntries(rooms.map((room, i) => [room, rooms.slice(i + 1)]));
}

/**
 * The allowed imports. The key is a folder of packages/ or apps/; the rules are those of ARCHITECTURE.md.
 *
 * - `imports`: the doors of other packages it may use (a door is a package name, or name/subpath).
 * - `libraries`: third-party packages it may use; "types" allows type imports only; a list allows the named folders of src only.
 * - `sides`: all folders of src that hold sources (beside them stands `index.ts` alone, and `fixtures` for the tests of all; and `model`,
 * beside src: a model of the package, and no part of it) that keep apart, each with the sides it may import.
 *   Tests keep to the sides as well: a story over several sides builds them by way of `fixtures`, or looks at the package through its door.
 */
export const table = {
  protocol: { imports: [], libraries: { zod: true, msgpackr: true } },
  actor: { imports: ["@process-hub/protocol"], libraries: { zod: true, croner: ["cell"] }, sides: floors("cell", "definition") },
  strategies: { imports: ["@process-hub/protocol"], libraries: { zod: true, "consistent-hash": true } },
  threads: {
    imports: ["@process-hub/actor", "@process-hub/protocol"],
    libraries: { zod: ["host", "worker", "inline", "model"], piscina: ["host"], comlink: ["host", "worker"], tsx: ["worker"] },
    sides: {
      host: ["mail", "link"],
      worker: ["mail", "link"],
      inline: ["worker", "mail", "link"],
      mail: [],
      link: [],
      model: ["inline", "worker", "mail"],
    },
  },
  cluster: {
    imports: [
      "@process-hub/threads/host",
      "@process-hub/threads/mail",
      "@process-hub/strategies",
      "@process-hub/actor",
      "@process-hub/protocol",
    ],
    libraries: { eventemitter3: true, zod: true },
    sides: floors("hub", "node", "lifecycle", "serving", "placement", "membership", "threads", "settings", "events", "registry"),
  },
  "transport-nats": {
    imports: ["@process-hub/strategies", "@process-hub/protocol"],
    libraries: {
      zod: true,
      "@nats-io/transport-node": true,
      "@nats-io/nats-core": true,
      "@nats-io/jetstream": true,
      "@nats-io/kv": true,
    },
  },
  otel: { imports: ["@process-hub/protocol"], libraries: { "@opentelemetry/api": true } },
  "process-hub": {
    imports: [
      "@process-hub/cluster",
      "@process-hub/threads/host",
      "@process-hub/threads/inline",
      "@process-hub/threads/mail",
      "@process-hub/threads/worker",
      "@process-hub/strategies",
      "@process-hub/actor",
      "@process-hub/protocol",
    ],
    libraries: { zod: true, "@opentelemetry/api": true },
  },
  testkit: {
    imports: [
      "@process-hub/cluster",
      "@process-hub/threads/inline",
      "@process-hub/threads/mail",
      "@process-hub/strategies",
      "@process-hub/actor",
      "@process-hub/protocol",
    ],
    libraries: { zod: true },
  },
  integration: { imports: "any", libraries: "any" },
  demo: { imports: ["process-hub", "process-hub/actor", "@process-hub/transport-nats"], libraries: "any" },
  bench: { imports: ["process-hub", "process-hub/actor", "@process-hub/transport-nats"], libraries: "any" },
  rooms: { imports: ["process-hub", "process-hub/actor", "@process-hub/transport-nats"], libraries: "any" },
  sessions: { imports: ["process-hub", "process-hub/actor"], libraries: "any" },
};

/** What test files may use besides their package's own libraries; valibot: schemas of another library than zod; OpenTelemetry's SDK: with exporters in memory. */
export const testLibraries = [
  ...["vitest", "fast-check", "valibot"],
  ...["@opentelemetry/context-async-hooks", "@opentelemetry/sdk-metrics", "@opentelemetry/sdk-trace-base"],
];

/** The doors that any test may use: what tests share (it is not published), and the inline threads, so that tests need no real ones. */
export const testDoors = ["@process-hub/protocol/testing", "@process-hub/threads/inline"];
