import { describe, expect, test } from "vitest";
import { JobModules } from "./job-modules.js";

const modules = new JobModules(
  ["file:///app/actors/room.actor.js", "data:text/javascript,export%20default%201"],
  ["file:///app/jobs/", "file:///lib/thumbnail.job.js", "data:text/javascript,export default () => 1"],
);

describe("a job's module", () => {
  test.each([
    "file:///app/actors/heavy.job.js",
    "file:///app/actors/deep/heavy.job.js",
    "file:///app/jobs/x.js",
    "file:///app/actors/../jobs/x.js",
    "file:///lib/thumbnail.job.js",
    "data:text/javascript,export default () => 1",
  ])("may be %s", (module) => {
    expect(() => modules.check(module)).not.toThrow();
  });

  test.each([
    "file:///app/other/x.js",
    "file:///app/actors/../other/x.js",
    "file:///app/actors/%2e%2e/other/x.js",
    "file:///app/actors/..%2fother/x.js",
    "file:///app/jobs",
    "file:///app/jobs-of-others/x.js",
    "file:///lib/other.job.js",
    "data:text/javascript,export default () => 2",
    "node:fs",
    "https://example.org/app/actors/x.js",
    "./heavy.job.js",
    "",
  ])("is refused as %s", (module) => {
    expect(() => modules.check(module)).toThrow(
      expect.objectContaining({ code: "HubConfigError", message: expect.stringMatching(/`jobs` of createHub/) }),
    );
  });
});
