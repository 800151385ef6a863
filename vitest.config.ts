import { defineConfig } from "vitest/config";

// Node itself loads the built packages, as it does for a user and in the threads.
const server = { deps: { external: [/\/packages\/[^/]+\/dist\//] } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          server,
          include: ["packages/*/src/**/*.test.ts", "packages/*/model/**/*.test.ts", "apps/*/src/**/*.test.ts"],
          exclude: ["packages/integration/**", "**/node_modules/**", "**/dist/**"],
          // The files share their modules, none of which keeps anything: loading them anew took a third of the time.
          isolate: false,
          // Some think hard, and some wait for a clock that a busy machine slows down.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "integration",
          server,
          include: ["packages/integration/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
