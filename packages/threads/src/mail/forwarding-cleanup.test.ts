import { StrictChecks } from "@process-hub/protocol";
import { settle, VirtualClock } from "@process-hub/protocol/testing";
import { expect, test } from "vitest";
import { ForwardingCleanup } from "./forwarding-cleanup.js";
import { Forwardings } from "./forwardings.js";

const [here, there, elsewhere] = ["n@1/0.0", "m@1/0.0", "o@1/0.0"];
const leaver = "m@1";
const settings = { markerRetryMs: 100, evacuationLookMs: 10, deliveryMs: 30_000 };

/** A cleanup that passes mail for actor `a` on to `there`, and what it sends, as text: `a/2 to m@1/0.0`. */
function cleanup() {
  const clock = new VirtualClock();
  const checks = new StrictChecks();
  const forwardings = new Forwardings(checks);
  const entry = forwardings.add("a", 1, there, 2, clock.now());
  const down = new Set<string>();
  const undrained = new Set<string>();
  const markers: number[] = [];
  const sent: string[] = [];
  const state = { routes: 0, leading: 0, pruned: 0, closed: false };
  const asked: string[] = [];
  const made = new ForwardingCleanup({
    ...{ place: here, clock, checks, settings, forwardings },
    routes: { size: 0, evacuate: () => state.leading, prune: () => state.pruned++ },
    asks: { waitingAt: (isThere) => asked.filter(isThere).length },
    unreachable: { isDown: (place) => down.has(place), isUndrained: (place) => undrained.has(place) },
    delivery: {
      dispatch: (mail, to) => {
        if (mail.kind === "marker") markers.push(mail.markerId);
        sent.push(`${mail.to}/${mail.epoch} to ${to}`);
        return true;
      },
    },
    isClosed: () => state.closed,
  });
  const pass = async (ms: number): Promise<void> => {
    const endMs = clock.now() + ms;
    while (clock.advance(endMs)) await settle();
    await settle();
  };
  let over = 0;
  const ends = (work: Promise<void>): void => void work.then(() => over++);
  return { made, clock, forwardings, entry, asked, down, undrained, markers, sent, state, pass, ends, over: () => over };
}

test("a node that leaves is not kept by entries to a thread of it that has died", async () => {
  const { made, down, pass, ends, over } = cleanup();
  down.add(there);
  ends(made.evacuate(leaver));
  await pass(settings.markerRetryMs);
  expect(over()).toBe(1);
});

test("nor by one whose thread dies while it waits for the answer to a marker, nor when its node is down, nor when all is over", async () => {
  for (const end of ["thread", "node", "closed"]) {
    const { made, down, state, pass, ends, over } = cleanup();
    ends(made.evacuate(leaver));
    await pass(settings.markerRetryMs);
    expect(over()).toBe(0);
    if (end === "closed") state.closed = true;
    else down.add(end === "thread" ? there : leaver);
    await pass(settings.markerRetryMs);
    expect([end, over()]).toEqual([end, 1]);
  }
});

test("it waits for routes that lead to the node, too", async () => {
  const { made, forwardings, entry, state, pass, ends, over } = cleanup();
  forwardings.drop(entry);
  state.leading = 1;
  ends(made.evacuate(leaver));
  await pass(settings.evacuationLookMs * 3);
  expect(over()).toBe(0);
  state.leading = 0;
  await pass(settings.evacuationLookMs);
  expect(over()).toBe(1);
});

test("it waits for asks that wait on the node: for their answers, or for word of where they went", async () => {
  const { made, forwardings, entry, asked, pass, ends, over } = cleanup();
  forwardings.drop(entry);
  asked.push(there, here);
  ends(made.evacuate(leaver));
  await pass(settings.evacuationLookMs * 3);
  expect(over()).toBe(0);
  asked.shift();
  await pass(settings.evacuationLookMs);
  expect(over()).toBe(1);
});

test("a marker that was lost on the way is sent again, and either answer to it will do", async () => {
  const { made, markers, sent, pass, ends, over } = cleanup();
  ends(made.evacuate(leaver));
  await pass(settings.markerRetryMs * 1.5);
  const [first = 0] = markers;
  expect([markers, sent]).toEqual([
    [first, first],
    [`a/2 to ${there}`, `a/2 to ${there}`],
  ]);
  made.answered(first);
  await pass(settings.markerRetryMs);
  expect(over()).toBe(1);
});

test("an entry that rested is asked about, once in the time in which a link delivers; its answer ends it", async () => {
  const { made, forwardings, markers, pass } = cleanup();
  made.sweepLater();
  made.sweepLater();
  await pass(settings.deliveryMs / 2);
  expect(markers.length).toBe(0);
  await pass(settings.deliveryMs);
  expect(markers.length).toBe(1);
  await pass(settings.deliveryMs);
  expect(markers.length).toBe(2);
  made.answered(markers[0] ?? 0);
  expect(forwardings.size).toBe(1);
  made.answered(markers[1] ?? 0);
  await pass(settings.deliveryMs * 2);
  expect([forwardings.size, markers.length]).toEqual([0, 2]);
});

test("an entry that leads to a place that is down is dropped when it has rested", async () => {
  const { made, forwardings, down, markers, pass } = cleanup();
  down.add(there);
  made.sweepLater();
  await pass(settings.deliveryMs * 2);
  expect([forwardings.size, markers]).toEqual([0, []]);
});

test("a dead thread is drained when a marker along each entry, and to each actor kept aside here, was answered", async () => {
  const { made, forwardings, undrained, markers, sent, ends, over } = cleanup();
  forwardings.add("b", 1, elsewhere, 2, 0);
  undrained.add("n@1/1.0");
  ends(made.whenDrained("n@1/1.0", [{ id: "c", epoch: 5 }]));
  expect(sent).toEqual([`a/2 to ${there}`, `b/2 to ${elsewhere}`, `c/5 to ${here}`]);
  for (const marker of markers.slice(0, 2)) made.answered(marker);
  await settle();
  expect(over()).toBe(0);
  made.answered(markers[2] ?? 0);
  await settle();
  expect(over()).toBe(1);
});
