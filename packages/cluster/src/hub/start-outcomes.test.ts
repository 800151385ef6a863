import { Partitioned, StartFailed, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { record, Stage } from "../fixtures/stage.js";
import { startOutcomes } from "./start-outcomes.js";

test("an error is of the node that was to start the actor, and a refusal of the node that refused", () => {
  const stage = new Stage(["b"]);
  for (const id of ["x", "y"]) stage.ownership.owners.set(id, "b");
  const specs = ["x", "y"].map((id) => record(id, "b@b1/0.0", 1).spec);
  const outcomes = [
    { id: "x", error: toWireError(new StartFailed("no", { id: "x" })) },
    { id: "y", error: toWireError(new Partitioned("node a does not serve", { id: "y", node: "a" })) },
  ];
  const { errors } = startOutcomes(
    stage as unknown as Parameters<typeof startOutcomes>[0],
    new Map(specs.map((spec) => [spec.id, spec])),
    outcomes,
    true,
  );
  expect(errors.map(({ id, node, error }) => [id, node, error.name])).toEqual([
    ["x", "b", "StartFailed"],
    ["y", "a", "Partitioned"],
  ]);
});
