import { HubClosed } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { record, Stage, thread } from "../fixtures/stage.js";
import { Locator } from "./locator.js";

function staged() {
  const stage = new Stage(["b"]);
  const locator = new Locator({ ...stage, isDown: (place) => stage.down.has(place), askTimeoutMs: 5_000 });
  return { ...stage, stage, locator };
}

describe("where mail for an actor goes", () => {
  test("to the place under the epoch that the registry has", () => {
    const { stage, locator } = staged();
    stage.elsewhere("b", "x", 4);
    expect(locator.locate("x")).toEqual({ place: thread("b", 0), epoch: 4 });
  });

  test("to the active replica here, where there is one", () => {
    const { stage, locator, standing } = staged();
    stage.elsewhere("b", "x", 4);
    standing.set("x", { place: thread("a", 1), active: thread("b", 0), mode: "active", epoch: 9, stands: true });
    expect(locator.locate("x")).toMatchObject({ place: thread("a", 1), epoch: 9 });
  });

  test("nowhere yet while the actor is between two places, is an orphan, is being started, or the node is not sure", () => {
    const { stage, locator, claims, sync, down } = staged();
    stage.runs("restarting", 1, { state: "down" });
    stage.elsewhere("b", "on a dead thread", 1);
    down.add(thread("b", 0));
    stage.elsewhere("c", "orphan", 1);
    stage.loses("c");
    claims.beginStart("starting", 1);
    for (const id of ["restarting", "on a dead thread", "orphan", "starting"])
      expect([id, locator.locate(id)]).toEqual([id, "waits"]);
    expect(locator.locate("nobody")).toBeUndefined();
    sync.isCertain = false;
    expect(locator.locate("nobody")).toBe("waits");
  });

  test("nowhere before the node is up: it knows nobody", () => {
    const { stage, locator, local } = staged();
    stage.elsewhere("b", "x", 4);
    local.state = "starting";
    expect(locator.locate("x")).toBe("waits");
  });
});

describe("what is known of actors", () => {
  test("is asked of their registrars where it is not known here, each once", async () => {
    const { stage, locator, ownership, requests } = staged();
    stage.runs("mine", 1);
    for (const id of ["x", "y"]) ownership.owners.set(id, "b");
    requests.answer = () => ({ type: "locate", records: [record("x", thread("b", 0), 3)] });
    const found = await locator.locateAll(["mine", "x", "y", "nobody"]);
    expect([...found.records.keys()]).toEqual(["mine", "x"]);
    expect(requests.asked).toMatchObject([{ node: "b", request: { ids: ["x", "y"] } }]);
  });

  test("is said of those that begin just now, and by whom they are started", async () => {
    const { locator, ownership, requests } = staged();
    ownership.owners.set("x", "b");
    requests.answer = () => ({ type: "locate", records: [], pending: ["x"] });
    const { records, pending } = await locator.locateAll(["x"]);
    expect([[...records], [...pending]]).toEqual([[], [["x", "b"]]]);
  });

  test("is what is known here when a registrar closes", async () => {
    const { stage, locator, ownership, requests } = staged();
    stage.runs("mine", 1);
    ownership.owners.set("x", "b");
    requests.answer = () => Promise.reject(new HubClosed("closed"));
    expect([...(await locator.locateAll(["mine", "x"])).records.keys()]).toEqual(["mine"]);
  });

  test("is asked of a member alone, and never of this node itself", () => {
    const { locator, ownership } = staged();
    ownership.owners.set("x", "b");
    ownership.owners.set("y", "gone");
    expect(["x", "y", "mine"].map((id) => locator.ownerOf(id))).toEqual(["b", undefined, undefined]);
  });
});

describe("what another node hears", () => {
  test("records, and which ids are taken though they have none: being started, restarted, placed, swapped, waiting, orphans", async () => {
    const { stage, locator, claims } = staged();
    const mine = stage.runs("mine", 1);
    stage.elsewhere("c", "orphan", 1);
    stage.loses("c");
    claims.beginStart("starting", 1);
    claims.beginRestart("restarting");
    claims.beginPlacing("placed");
    claims.beginSwap("swapping");
    claims.beginWaiting("waiting");
    const taken = ["orphan", "starting", "restarting", "placed", "swapping", "waiting"];
    expect(await locator.known(["mine", "nobody", ...taken], 0)).toEqual({ records: [mine], pending: taken });
  });

  test("is what the registrar says, when that is another node by now; not for ever, while two nodes see it differently", async () => {
    const { locator, ownership, requests } = staged();
    ownership.owners.set("x", "b");
    const theirs = record("x", thread("b", 0), 3);
    requests.answer = () => ({ type: "locate", records: [theirs] });
    expect(await locator.known(["x"], 0)).toEqual({ records: [theirs], pending: [] });
    expect(requests.asked).toMatchObject([{ node: "b", request: { ids: ["x"], hops: 1 } }]);
    expect(await locator.known(["x"], 2)).toEqual({ records: [], pending: [] });
    requests.answer = () => Promise.reject(new HubClosed("leaving", {}));
    expect(await locator.known(["x"], 0)).toEqual({ records: [], pending: ["x"] });
  });
});
