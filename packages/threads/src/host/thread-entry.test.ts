import { expect, test } from "vitest";
import { threadEntry } from "./thread-entry.js";

test("an entry is the file of it; where it is not beside the module, the bundler is to leave process-hub alone", () => {
  expect(threadEntry("entry.cjs")).toMatch(/^file:.*worker\/entry\.cjs$/);
  const bundled = { code: "HubConfigError", message: expect.stringMatching(/was bundled: entry\.cjs.*mark "process-hub"/) };
  expect(() => threadEntry("entry.cjs", "file:///srv/app/dist/server.js")).toThrow(expect.objectContaining(bundled));
  expect(() => threadEntry("entry.cjs", "")).toThrow(expect.objectContaining(bundled));
});
