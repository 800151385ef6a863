import { StartFailed, type ToMainFrame, toWireError } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { ChildStarts } from "./child-starts.js";

const spec = { id: "a", actor: "box", args: undefined, restart: "permanent" as const };

function scene() {
  const sent: ToMainFrame[] = [];
  return { sent, children: new ChildStarts((frame) => void sent.push(frame)) };
}

test("each start is a call of its own number, which its answer ends", async () => {
  const { sent, children } = scene();
  const [first, second] = [children.start(spec), children.start(spec)];
  expect(sent).toEqual([
    { type: "startChild", call: 1, spec },
    { type: "startChild", call: 2, spec },
  ]);
  children.done({ type: "startedChild", call: 2, error: toWireError(new StartFailed("no", { id: "a" })) });
  children.done({ type: "startedChild", call: 1 });
  await expect(first).resolves.toBeUndefined();
  await expect(second).rejects.toMatchObject({ code: "StartFailed", message: "no" });
});

test("many are one call, whose answer says which have not started", async () => {
  const { sent, children } = scene();
  const all = children.startAll([spec, { ...spec, id: "b" }]);
  expect(sent).toEqual([{ type: "startChildren", call: 1, specs: [spec, { ...spec, id: "b" }] }]);
  children.done({
    type: "startedChildren",
    call: 1,
    failed: [{ index: 1, error: toWireError(new StartFailed("no", { id: "b" })) }],
  });
  await expect(all).resolves.toMatchObject([undefined, { code: "StartFailed" }]);
  await expect(children.startAll([])).resolves.toEqual([]);
});

test("an answer to a call that is over, or never was, means nothing", async () => {
  const { children } = scene();
  const start = children.start(spec);
  children.done({ type: "startedChild", call: 1 });
  children.done({ type: "startedChild", call: 1, error: toWireError(new StartFailed("late", {})) });
  children.done({ type: "startedChild", call: 9 });
  await expect(start).resolves.toBeUndefined();
});
