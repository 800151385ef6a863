import { expect, test } from "vitest";
import { describeNats } from "../fixtures/describe-nats.js";
import { acknowledgedLife, cutOff, frozen, killed, serverRestarted } from "./acknowledged-users.js";

describeNats("acknowledged replies of real processes", () => {
  test('with "standby" survive a freeze, a cut, a restart of the server, and a kill of one node', async () => {
    const troubles = [frozen("n2"), cutOff("n3"), serverRestarted(), killed(["n4"])];
    const { problems } = await acknowledgedLife({ factor: 2, by: "standby" }, troubles);
    expect(problems).toEqual([]);
  }, 120_000);

  test('with "majority" of three copies survive a cut, a freeze and a kill of two nodes at once', async () => {
    const troubles = [cutOff("n2", "n3"), frozen("n3", "n4"), killed(["n2", "n4"])];
    const { problems } = await acknowledgedLife({ factor: 3, by: "majority" }, troubles);
    expect(problems).toEqual([]);
  }, 120_000);
});
