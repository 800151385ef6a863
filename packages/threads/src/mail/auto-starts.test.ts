import type { Mail } from "@process-hub/actor";
import { AlreadyStarted, type ChildSpec, NodeDown, NoNodeForKind, StartFailed, StrictChecks } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { AutoStarts } from "./auto-starts.js";
import { anEnvelope } from "./fixtures/an-envelope.js";

/** Auto starts that note the specs they ask for, and fail as the test says. */
function autoStarts() {
  const asked: ChildSpec[] = [];
  const fails: { with?: Error } = {};
  const known = new Map([["known", (id: string) => ({ by: id })]]);
  const start = async (spec: ChildSpec): Promise<void> => {
    asked.push(spec);
    if (fails.with !== undefined) throw fails.with;
  };
  return { made: new AutoStarts({ start, known: (name) => known.get(name) }, new StrictChecks()), asked, fails };
}

const mail = (actor: string | null): Mail => anEnvelope({ to: "x", actor });
const marker = { kind: "marker", to: "x", epoch: 0, markerId: 1, origin: "n@1/main" } as const;

test("the first kind of the mail that says how starts the actor: one that a message named, or one of this node", async () => {
  const { made, asked } = autoStarts();
  made.note({ name: "noted", autoStart: (id) => [id] });
  expect(made.begin("x", [marker, mail(null), mail("other")])).toBeUndefined();
  expect(await made.begin("x", [marker, mail("other"), mail("noted"), mail("known")])).toBe("there");
  expect(await made.begin("y", [mail("known")])).toBe("there");
  expect(asked).toMatchObject([
    { id: "x", actor: "noted", args: ["x"] },
    { id: "y", actor: "known", args: { by: "y" } },
  ]);
});

test("one that somebody else has started is there; one of whom nobody can tell is looked for; what waiting does not mend is an error", async () => {
  const { made, fails } = autoStarts();
  const outcome = async (error: Error) => {
    fails.with = error;
    return made.begin("x", [mail("known")]);
  };
  expect(await outcome(new AlreadyStarted("is there", {}))).toBe("there");
  expect(await outcome(new NodeDown("gone", {}))).toBe("unknown");
  for (const error of [new StartFailed("no", {}), new NoNodeForKind("none", {})]) expect(await outcome(error)).toBe(error);
  expect(await outcome(new TypeError("odd"))).toMatchObject({ code: "StartFailed", message: expect.stringContaining("odd") });
});

test("an autoStart that throws, or gives what cannot travel, is named with its actor and kind", async () => {
  const { made, asked } = autoStarts();
  const thrown = new RangeError("no such id");
  made.note({
    name: "picky",
    autoStart: () => {
      throw thrown;
    },
  });
  made.note({ name: "odd", autoStart: () => () => {} });
  const [picky, odd] = await Promise.all(["picky", "odd"].map((kind) => made.begin("x", [mail(kind)])));
  expect(picky).toMatchObject({ code: "StartFailed", cause: thrown, fields: { id: "x", actor: "picky" } });
  expect(odd).toMatchObject({ code: "StartFailed", cause: { code: "NotSerializable" } });
  expect(asked).toEqual([]);
});
