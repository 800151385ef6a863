import { describe, expect, test } from "vitest";
import { HubConfigError } from "./errors.js";
import { hubThreadData, hubThreadOf, refuseHubIn } from "./hub-thread.js";

describe("where a hub may be made", () => {
  test.each([undefined, null, "text", {}, { mine: 1 }])("in a thread whose workerData is %j", (workerData) => {
    expect(() => refuseHubIn(hubThreadOf(workerData))).not.toThrow();
  });

  test("not in a thread of a hub, which remembers that it was asked to", () => {
    const thread = hubThreadOf(structuredClone(hubThreadData("jobs")));
    expect(() => refuseHubIn(thread)).toThrow(/a thread that runs jobs of a hub.*isMainThread/);
    expect(thread?.refused).toEqual([expect.any(HubConfigError)]);
  });
});
