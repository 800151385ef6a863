import { HubConfigError } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { namesOf, viewOf } from "../partition/cuts.cases.js";
import { redundancyCases } from "./family.cases.js";
import { type ReplicationSettings, replication } from "./replication.js";

redundancyCases("replication", () => replication());
redundancyCases("replication of the whole cluster, all active", () => replication({ factor: "cluster", model: "active-active" }));

describe("replication", () => {
  const modes = (model: ReplicationSettings["model"]) => {
    const { mode } = replication({ model });
    return ["c", "a", "b"].map((node) => mode(["c", "a", "b"], node));
  };

  test("runs `factor` replicas, or one on each node", () => {
    const sizes = [1, 3, 6].map((size) => viewOf(namesOf(size)));
    expect(sizes.map(replication({ factor: 3 }).replicas)).toEqual([3, 3, 3]);
    expect([viewOf([]), ...sizes].map(replication({ factor: "cluster" }).replicas)).toEqual([1, 1, 3, 6]);
  });

  test("one replica is active, the one on the first owner; or all are", () => {
    expect(modes("active-passive")).toEqual(["active", "passive", "passive"]);
    expect(modes("active-active")).toEqual(["active", "active", "active"]);
  });

  test("passive replicas stand by unless `standby` is false; where all are active none does", () => {
    const standby = [{}, { standby: false }, { model: "active-active" as const, standby: true }];
    expect(standby.map((settings) => replication(settings).standby)).toEqual([true, false, false]);
  });

  test("signals whom it was set to, by default nobody", () => {
    expect([replication().signals, replication({ signal: "all" }).signals]).toEqual(["none", "all"]);
  });

  test.each([
    [{ factor: 1 }, "factor"],
    [{ factor: "all" }, "factor"],
    [{ model: "passive-active" }, "model"],
    [{ signal: true }, "signal"],
    [{ standby: "warm" }, "standby"],
  ])("refuses %j", (settings, field) => {
    const make = () => replication(settings as object);
    expect(make).toThrow(HubConfigError);
    expect(make).toThrow(new RegExp(`replication.${field}: .*allowed is `));
  });
});
