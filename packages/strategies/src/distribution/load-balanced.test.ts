import { type ClusterView, HubConfigError, type NodeLoad } from "@process-hub/protocol";
import { describe, expect, test } from "vitest";
import { clusterView } from "../cluster-view.js";
import { distributionCases } from "./family.cases.js";
import { loadBalanced } from "./load-balanced.js";

distributionCases("loadBalanced", () => loadBalanced());
distributionCases("loadBalanced with settings", () => loadBalanced({ pushIntervalMs: 100, historySize: 1, decay: 1 }));

const idle: NodeLoad = { eventLoop: 0, queued: 0, actors: 100, memory: 0.2 };
const ids = Array.from({ length: 4_000 }, (_, i) => `child-${i}`);
const view = (nodes: Record<string, Partial<{ loads: NodeLoad[]; joinedAtMs: number; threads: number }>>): ClusterView =>
  clusterView(
    Object.entries(nodes).map(([node, given]) => ({
      node,
      incarnation: "1",
      threads: 2,
      joinedAtMs: 0,
      loads: [idle],
      ...given,
    })),
  );

function shareOf(node: string, of: ClusterView, strategy = loadBalanced()): number {
  const placement = strategy.place(of);
  return ids.filter((id) => placement.owners({ id, actor: "x" }, 1)[0] === node).length / ids.length;
}

describe("loadBalanced", () => {
  test("nodes that are as busy as each other get even shares, known loads or not", () => {
    for (const loads of [[idle], []]) {
      const even = view({ a: { loads }, b: { loads }, c: { loads }, d: { loads } });
      for (const node of ["a", "b", "c", "d"]) expect(Math.abs(shareOf(node, even) - 0.25)).toBeLessThan(0.03);
    }
  });

  test.each([
    ["a busy event loop", { eventLoop: 0.8 }, 0.2],
    ["little free memory", { memory: 0.9 }, 0.125],
    ["a long queue", { queued: 3_000 }, 0.25],
  ])("%s leaves a node its spare capacity's share", (_what, load, ratio) => {
    const share = shareOf("b", view({ a: {}, b: { loads: [{ ...idle, ...load }] } }));
    expect(Math.abs(share - ratio / (1 + ratio))).toBeLessThan(0.03);
  });

  test("a node with more actors than the mean gets fewer new ones; a node with more threads more", () => {
    expect(shareOf("b", view({ a: {}, b: { loads: [{ ...idle, actors: 500 }] } }))).toBeLessThan(0.4);
    expect(Math.abs(shareOf("b", view({ a: {}, b: { threads: 6 } })) - 0.75)).toBeLessThan(0.03);
  });

  test("figures that are none do not shut a node out, nor let it take all", () => {
    const absurd = { eventLoop: Number.NaN, queued: -5, actors: Number.POSITIVE_INFINITY, memory: 40 };
    const share = shareOf("b", view({ a: {}, b: { loads: [absurd] } }));
    expect(share > 0 && share < 0.1).toBe(true);
  });

  test("what was loses weight by `decay`; at 1 all counts alike", () => {
    const busyOnce = { b: { loads: [{ ...idle, eventLoop: 1 }, ...Array.from({ length: 9 }, () => idle)] }, a: {} };
    const [fast, plain] = [0.5, 1].map((decay) => shareOf("b", view(busyOnce), loadBalanced({ decay })));
    expect(fast).toBeGreaterThan(plain ?? 1);
    expect(Math.abs((plain ?? 0) - 0.9 / 1.9)).toBeLessThan(0.02);
  });

  test("the node that is up longest decides, ties by name; when it is lost the next one does", () => {
    const nodes = { a: { joinedAtMs: 30 }, b: { joinedAtMs: 10 }, c: { joinedAtMs: 10 } };
    const { b: _lost, ...left } = nodes;
    const registrars = [view(nodes), view(left), view({})].map((of) =>
      loadBalanced().place(of).registrar?.({ id: "x", actor: "x" }),
    );
    expect(registrars).toEqual(["b", "c", undefined]);
  });

  test("an actor stays where it runs whatever the loads, and its further replicas follow its id alone", () => {
    const [calm, busy] = [view({ a: {}, b: {}, c: {} }), view({ a: {}, b: {}, c: { loads: [{ ...idle, eventLoop: 1 }] } })];
    for (const id of ids.slice(0, 300)) {
      const owners = [calm, busy].map((of) => loadBalanced().place(of).owners({ id, actor: "x", host: "c" }, 3));
      expect(owners[0]).toEqual(owners[1]);
    }
    expect(
      loadBalanced()
        .place(view({ a: {} }))
        .owners({ id: "x", actor: "x", host: "c" }, 2),
    ).toEqual(["a"]);
  });

  test("asks for loads as it was set", () => {
    expect(loadBalanced({ pushIntervalMs: 250, historySize: 4 }).loads).toEqual({ everyMs: 250, historySize: 4 });
  });

  test.each([
    [{ pushIntervalMs: 1 }, "pushIntervalMs"],
    [{ historySize: 0 }, "historySize"],
    [{ decay: 0 }, "decay"],
  ])("refuses %j", (settings, field) => {
    expect(() => loadBalanced(settings)).toThrow(HubConfigError);
    expect(() => loadBalanced(settings)).toThrow(new RegExp(`loadBalanced.${field}`));
  });
});
