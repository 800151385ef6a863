import { decode, encodePlain, HubConfigError, type HubError, type NodeName, StrictChecks } from "@process-hub/protocol";
import { VirtualClock } from "@process-hub/protocol/testing";
import { describe, expect, test } from "vitest";
import { type Faults, HostileNetwork } from "../fixtures/hostile-network.js";
import { SharedSettings } from "../settings/shared-settings.js";
import type { OwnCard } from "./greeter.js";
import { Membership } from "./membership.js";

const timings = {
  heartbeatIntervalMs: 100,
  downAfterMs: 500,
  discoveryMs: 50,
  linkRetryMs: 40,
  deliveryMs: 4_000,
};

class MiniCluster {
  readonly clock = new VirtualClock();
  readonly network: HostileNetwork;

  constructor(seed = 1, faults: Faults = {}) {
    this.network = new HostileNetwork(this.clock, seed, faults);
  }

  /** `behindMs`: how far its clock is behind the others; `slowness`: its times, as so many times those of the others. */
  member(
    node: NodeName,
    { incarnation = `${node}-1`, settings = "same", hub = "cluster", maxBytes = Infinity, behindMs = 0, slowness = 1 } = {},
  ): Member {
    const { heartbeatIntervalMs, downAfterMs } = timings;
    const times = {
      heartbeatIntervalMs: heartbeatIntervalMs * slowness,
      suspectAfterMs: 1,
      downAfterMs: downAfterMs * slowness,
      deliveryMs: timings.deliveryMs * slowness,
    };
    const card = {
      node,
      incarnation,
      places: [],
      joinedAtMs: this.clock.now(),
      draining: false,
      kinds: [],
      times,
    };
    return new Member(this, card, settings, hub, maxBytes, behindMs);
  }

  /** What one node has sent to another, by the datagram's type. */
  sent(from: NodeName, to: NodeName, type: string): Uint8Array[] {
    const all = this.network.sent.filter((one) => one.from === from && one.to === to);
    return all.flatMap(({ bytes }) => ((decode(bytes) as { type: string }).type === type ? [bytes] : []));
  }

  async joined(...names: NodeName[]): Promise<Member[]> {
    const members = names.map((name) => this.member(name));
    for (const member of members) void member.membership.join();
    await this.clock.run(200);
    return members;
  }
}

class Member {
  card: OwnCard;
  readonly events: string[] = [];
  readonly got: string[] = [];
  readonly bad: string[] = [];
  readonly unsaid: string[] = [];
  readonly membership: Membership;
  readonly transport: ReturnType<HostileNetwork["transport"]>;

  constructor({ clock, network }: MiniCluster, card: OwnCard, settings: string, hub: string, maxBytes: number, behindMs: number) {
    this.card = card;
    this.transport = network.transport();
    this.membership = new Membership({
      checks: new StrictChecks(),
      hub,
      transport: { ...this.transport, maxBytes },
      clock: {
        now: () => clock.now() - behindMs,
        wallMs: () => clock.wallMs() - behindMs,
        setTimeout: clock.setTimeout.bind(clock),
        defer: clock.defer.bind(clock),
      },
      timings: { ...timings, ...card.times },
      settings: new SharedSettings(hub, new Map([["color", settings]])),
      card: () => this.card,
      joined: ({ node }) => this.events.push(`+${node}`),
      left: ({ node }, reason) => this.events.push(`-${node} ${reason}`),
      parted: (node, lost) => void this.unsaid.push(...lost.map((body) => `${node}: ${Buffer.from(body)}`)),
      changed: ({ node, draining }) => draining && this.events.push(`${node} drains`),
      heardOf: (node) => this.events.push(`? ${node}`),
      notMet: (node) => this.events.push(`${node} not met`),
      beat: () => {},
      message: (from, body) => this.got.push(`${from}: ${Buffer.from(body).toString()}`),
      badFrame: (peer, error) => this.bad.push(`${peer}: ${String(error)}`),
      connection: (state, cause) => this.events.push(`${state}${cause === undefined ? "" : ` ${cause.code}`}`),
      replaced: ({ incarnation }) => this.events.push(`replaced by ${incarnation}`),
    });
  }

  get peers(): NodeName[] {
    return this.membership.peers.map(({ node }) => node).sort();
  }

  send(to: NodeName, body: string): boolean {
    return this.membership.send(to, Buffer.from(body));
  }
}

describe("membership", () => {
  test("members find each other, and send by their links", async () => {
    const cluster = new MiniCluster();
    const [a, b, c] = (await cluster.joined("a", "b", "c")) as [Member, Member, Member];
    expect([a.peers, b.peers, c.peers]).toEqual([
      ["b", "c"],
      ["a", "c"],
      ["a", "b"],
    ]);
    expect([a.send("b", "hello"), a.send("nobody", "hello")]).toEqual([true, false]);
    await cluster.clock.run(100);
    expect(b.got).toEqual(["a: hello"]);
  });

  test.each([1, 2, 3, 4, 5])("members find each other though a third of all is lost (seed %i)", async (seed) => {
    const cluster = new MiniCluster(seed, { drop: 0.33, duplicate: 0.2, delayMs: [0, 60] });
    const members = await cluster.joined("a", "b", "c");
    cluster.network.faults = { duplicate: 0.2, delayMs: [0, 60] };
    await cluster.clock.run(2_000);
    expect(members.map(({ peers }) => peers.length)).toEqual([2, 2, 2]);
    for (const from of members) for (const to of from.peers) from.send(to, "hello");
    await cluster.clock.run(1_000);
    for (const { got, peers } of members) expect(got.sort()).toEqual(peers.map((peer) => `${peer}: hello`));
  });

  test("what a member says unasked is no answer: an answer comes to a hello of this node", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    const [before] = a.membership.answeredAtMs;
    b.membership.announce();
    b.send("a", "unasked");
    await cluster.clock.run(250);
    expect([a.got, a.membership.answeredAtMs]).toEqual([["b: unasked"], [before]]);
    const askedAtMs = cluster.clock.now();
    a.membership.announce();
    await cluster.clock.run(50);
    const [after = 0] = a.membership.answeredAtMs;
    expect(after).toBeGreaterThanOrEqual(askedAtMs);
  });

  test("what its transport could never carry is refused at once, and the link goes on", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    const narrow = cluster.member("n", { maxBytes: 1_000_000 });
    void narrow.membership.join();
    await cluster.clock.run(200);
    expect(() => narrow.send("a", "x".repeat(700_000))).toThrow(
      expect.objectContaining({ code: "InvalidMessage", message: expect.stringMatching(/to node a takes 700000 bytes/) }),
    );
    narrow.send("a", "small");
    await cluster.clock.run(timings.deliveryMs);
    expect([a.got, a.peers, b.peers]).toEqual([["n: small"], ["b", "n"], ["a", "n"]]);
  });

  test("a leave is told once all that was sent has arrived", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    a.send("b", "last words");
    void a.membership.leave(1_000);
    await cluster.clock.run(300);
    expect([b.got, b.events, b.peers, a.unsaid]).toEqual([["a: last words"], ["+a", "-a left"], [], []]);
  });

  test("a leave does not wait for a node that does not hear, and a late hello of who left means nothing", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    cluster.network.mute.add("b");
    a.send("b", "last words");
    let left = false;
    void a.membership.leave(300).then(() => {
      left = true;
    });
    await cluster.clock.run(250);
    expect(left).toBe(false);
    await cluster.clock.run(100);
    expect([left, b.events, a.unsaid]).toEqual([true, ["+a", "-a left"], ["b: last words"]]);
    for (const late of cluster.sent("a", "b", "hello")) cluster.network.deliver("a", "b", late);
    await cluster.clock.run(100);
    expect(b.peers).toEqual([]);
  });

  test("a silent node is down after its time, not before, and comes back by a new link", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    a.send("b", "first");
    await cluster.clock.run(300);
    cluster.network.mute.add("b");
    await cluster.clock.run(300);
    expect(a.peers).toEqual(["b"]);
    a.send("b", "lost");
    await cluster.clock.run(500);
    expect(a.events).toEqual(["+b", "-b down"]);
    cluster.network.mute.delete("b");
    await cluster.clock.run(500);
    expect([a.peers, b.peers]).toEqual([["b"], ["a"]]);
    a.send("b", "there");
    await cluster.clock.run(300);
    b.send("a", "back");
    await cluster.clock.run(300);
    expect([a.got, b.got]).toEqual([["b: back"], ["a: first", "a: lost", "a: there"]]);
    expect(b.events).toEqual(["+a", "-a down", "+a"]);
  });

  test("of two nodes with other times each waits for the longer of both, and both send heartbeats as often as one needs them", async () => {
    const cluster = new MiniCluster();
    const [a, b] = [cluster.member("a"), cluster.member("b", { slowness: 4 })];
    for (const { membership } of [a, b]) void membership.join();
    await cluster.clock.run(1_000);
    const before = cluster.sent("b", "a", "heartbeat").length;
    await cluster.clock.run(1_000);
    expect(cluster.sent("b", "a", "heartbeat").length - before).toBe(10);
    expect([a, b].map(({ membership }) => membership.longest("downAfterMs"))).toEqual([2_000, 2_000]);
    for (const node of ["a", "b"]) cluster.network.mute.add(node);
    await cluster.clock.run(1_900);
    expect([a.peers, b.peers]).toEqual([["b"], ["a"]]);
    await cluster.clock.run(500);
    expect([a.events, b.events]).toEqual([
      ["+b", "-b down"],
      ["+a", "-a down"],
    ]);
    expect([a, b].map(({ membership }) => membership.longest("downAfterMs"))).toEqual([500, 2_000]);
  });

  test("of two nodes with other times for a delivery each gives its links up within the shorter one, but not at a word of any member", async () => {
    const cluster = new MiniCluster();
    const [a, b] = [cluster.member("a"), cluster.member("b", { slowness: 2 })];
    for (const { membership } of [a, b]) void membership.join();
    expect([a, b].map(({ membership }) => membership.deliveryMs)).toEqual([4_000, 8_000]);
    await cluster.clock.run(2_000);
    expect([a, b].map(({ membership }) => membership.deliveryMs)).toEqual([4_000, 4_000]);
    const c = cluster.member("c");
    c.card = { ...c.card, times: { ...c.card.times, deliveryMs: 1 } };
    void c.membership.join();
    await cluster.clock.run(2_000);
    expect([a, b].map(({ membership }) => membership.deliveryMs)).toEqual([400, 800]);
  });

  test("no member makes another send heartbeats more than ten times as often as it would", async () => {
    const cluster = new MiniCluster();
    const [a, b] = [cluster.member("a", { slowness: 0.001 }), cluster.member("b")];
    void b.membership.join();
    await cluster.clock.run(200);
    a.card = { ...a.card, times: { ...a.card.times, downAfterMs: 500 } };
    void a.membership.join();
    await cluster.clock.run(200);
    const before = cluster.sent("b", "a", "heartbeat").length;
    await cluster.clock.run(1_000);
    expect(cluster.sent("b", "a", "heartbeat").length - before).toBe(100);
  });

  test("a pause of the own node is not the silence of the others", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    cluster.clock.stall(5_000);
    await cluster.clock.run(400);
    expect([a.events, b.events]).toEqual([["+b"], ["+a"]]);
    cluster.network.mute.add("b");
    await cluster.clock.run(800);
    expect(a.events).toEqual(["+b", "-b down"]);
  });

  test("a new incarnation replaces the older one, which is not let in again", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    cluster.network.deaf.add("b");
    await cluster.clock.run(10);
    const again = cluster.member("b", { incarnation: "b-2" });
    cluster.network.deaf.delete("b");
    await b.membership.leave(0).catch(() => {});
    void again.membership.join();
    await cluster.clock.run(300);
    expect(a.membership.peer("b")?.incarnation).toBe("b-2");
    for (const late of cluster.sent("b", "a", "hello").slice(0, 3)) cluster.network.deliver("b", "a", late);
    cluster.network.deliver("b", "a", encodePlain({ type: "goodbye", node: "b", incarnation: "b-1" }));
    await cluster.clock.run(200);
    expect(a.membership.peer("b")?.incarnation).toBe("b-2");
  });

  test("one whom a member knows is greeted until it answers, or would be down", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    cluster.network.deaf.add("b");
    cluster.network.mute.add("b");
    const c = cluster.member("c");
    void c.membership.join();
    await cluster.clock.run(200);
    expect([c.events, a.events]).toEqual([
      ["+a", "? b"],
      ["+b", "+c"],
    ]);
    cluster.network.deaf.delete("b");
    cluster.network.mute.delete("b");
    await cluster.clock.run(120);
    expect([c.peers, b.peers]).toEqual([
      ["a", "b"],
      ["a", "c"],
    ]);
    cluster.network.deaf.add("b");
    cluster.network.mute.add("b");
    const d = cluster.member("d");
    void d.membership.join();
    const ofB = (): string[] => d.events.filter((event) => event.includes("b"));
    await cluster.clock.run(timings.downAfterMs);
    expect(ofB()).toEqual(["? b"]);
    await cluster.clock.run(1_000);
    expect([ofB(), d.peers]).toEqual([
      ["? b", "b not met"],
      ["a", "c"],
    ]);
  });

  test("a life whom a member knows is waited for, though another life of its name is a member here", async () => {
    const cluster = new MiniCluster();
    const [a, old] = (await cluster.joined("a", "b")) as [Member, Member];
    old.transport.frozen = true;
    const again = cluster.member("b", { incarnation: "b-2" });
    const c = cluster.member("c");
    void c.membership.join();
    await cluster.clock.run(100);
    void again.membership.join();
    await cluster.clock.run(2_000);
    expect([a.membership.peer("b")?.incarnation, c.membership.peer("b")?.incarnation]).toEqual(["b-2", "b-2"]);
    expect(c.events).toEqual(["+a", "? b", "+b", "b not met"]);
  });

  test("a card that changed counts when it comes by the link: a greeting may overtake what its node did before it changed", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    a.card = { ...a.card, draining: true };
    const status = a.membership.newCard();
    a.membership.announce();
    await cluster.clock.run(50);
    expect(b.events).toEqual(["+a"]);
    b.membership.update("a", status);
    expect(b.events).toEqual(["+a", "a drains"]);
  });
});

describe("what comes late", () => {
  test("an older card changes nothing, by whatever way it comes", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    a.card = { ...a.card, draining: true };
    const old = a.membership.newCard();
    a.card = { ...a.card, draining: false };
    b.membership.update("a", a.membership.newCard());
    a.membership.announce();
    await cluster.clock.run(50);
    for (const late of cluster.sent("a", "b", "hello")) cluster.network.deliver("a", "b", late);
    b.membership.update("a", old);
    await cluster.clock.run(50);
    expect([b.events, b.membership.peer("a")?.draining]).toEqual([["+a"], false]);
  });

  test("nothing of a life that has ended lets it in again, or keeps it in", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    b.membership.announce();
    a.membership.announce();
    await cluster.clock.run(300);
    b.transport.frozen = true;
    const said = [...cluster.sent("b", "a", "hello"), ...cluster.sent("b", "a", "heartbeat")];
    expect(said.length).toBeGreaterThan(5);
    for (let ms = 0; ms < 2 * timings.downAfterMs; ms += 50) {
      for (const late of said) cluster.network.deliver("b", "a", late);
      await cluster.clock.run(50);
    }
    expect(a.events).toEqual(["+b", "-b down"]);
    b.transport.frozen = false;
    await cluster.clock.run(300);
    expect([a.peers, a.events]).toEqual([["b"], ["+b", "-b down", "+b"]]);
  });

  test("an answer that was given before its node was lost does not let it in again", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    a.membership.announce();
    await cluster.clock.run(20);
    const answers = cluster.sent("b", "a", "hello");
    b.transport.frozen = true;
    a.membership.drop("b");
    for (const late of answers) cluster.network.deliver("b", "a", late);
    await cluster.clock.run(20);
    expect(a.events).toEqual(["+b", "-b down"]);
  });

  test("an answer counts for as long as a silent node may live, and no longer", async () => {
    const cluster = new MiniCluster();
    const a = cluster.member("a");
    const b = cluster.member("b");
    void a.membership.join();
    await cluster.clock.run(10);
    cluster.network.mute.add("b");
    void b.membership.join();
    await cluster.clock.run(200);
    b.transport.frozen = true;
    cluster.network.mute.delete("b");
    const [answer = new Uint8Array()] = cluster.sent("b", "a", "hello").filter((bytes) => "answers" in (decode(bytes) as object));
    await cluster.clock.run(timings.downAfterMs);
    cluster.network.deliver("b", "a", answer);
    await cluster.clock.run(20);
    expect([answer.length > 0, a.events]).toEqual([true, []]);
  });

  test("an answer to an earlier life of the asker means nothing to the next", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    const answers = cluster.sent("b", "a", "hello");
    for (const { transport } of [a, b]) transport.frozen = true;
    const again = cluster.member("a", { incarnation: "a-2" });
    void again.membership.join();
    await cluster.clock.run(10);
    for (const late of answers) cluster.network.deliver("b", "a", late);
    await cluster.clock.run(1_000);
    expect(again.events).toEqual([]);
  });
});

describe("two lives of one name", () => {
  /** "a" and "b"; b's process stands still, and another one of its name joins. */
  async function replaced(behindMs = 0): Promise<{ cluster: MiniCluster; a: Member; old: Member; fresh: Member }> {
    const cluster = new MiniCluster();
    await cluster.clock.run(10_000);
    const [a, old] = (await cluster.joined("a", "b")) as [Member, Member];
    old.transport.frozen = true;
    const fresh = cluster.member("b", { incarnation: "b-0", behindMs });
    void fresh.membership.join();
    await cluster.clock.run(timings.downAfterMs + 300);
    return { cluster, a, old, fresh };
  }

  test("the later one is let in when the other has been silent for as long as it may run its actors", async () => {
    const cluster = new MiniCluster();
    const [a, old] = (await cluster.joined("a", "b")) as [Member, Member];
    old.transport.frozen = true;
    void cluster.member("b", { incarnation: "b-2" }).membership.join();
    await cluster.clock.run(timings.downAfterMs - timings.heartbeatIntervalMs);
    expect([a.membership.peer("b")?.incarnation, a.events]).toEqual(["b-1", ["+b"]]);
    await cluster.clock.run(timings.heartbeatIntervalMs * 3);
    expect([a.membership.peer("b")?.incarnation, a.events]).toEqual(["b-2", ["+b", "-b down", "+b"]]);
  });

  test.each([
    ["the clocks agree", 0],
    ["the later one's clock is hours behind", 9_000],
  ])("the later one is the member, and the other learns that it was replaced: %s", async (_case, behindMs) => {
    const { cluster, a, old, fresh } = await replaced(behindMs);
    expect([a.membership.peer("b")?.incarnation, fresh.peers]).toEqual(["b-0", ["a"]]);
    old.transport.frozen = false;
    await cluster.clock.run(300);
    expect(old.events).toEqual(["+a", "-a down", "replaced by b-0"]);
    expect([a.membership.peer("b")?.incarnation, fresh.events]).toEqual(["b-0", ["+a"]]);
    old.membership.announce();
    old.membership.beat();
    await cluster.clock.run(1_000);
    expect(a.events).toEqual(["+b", "-b down", "+b"]);
  });

  test("one that wakes after the other has claimed the name refuses it in vain: one goes on, not none", async () => {
    const cluster = new MiniCluster();
    const [a, old] = (await cluster.joined("a", "b")) as [Member, Member];
    old.transport.frozen = true;
    const before = cluster.sent("b", "a", "hello").length;
    const joined = cluster.member("b", { incarnation: "b-2" }).membership.join();
    await cluster.clock.run(timings.discoveryMs * 0.6);
    const question = cluster.sent("b", "a", "hello")[before] ?? new Uint8Array();
    old.transport.frozen = false;
    cluster.network.deliver("b", "b", question);
    await cluster.clock.run(timings.downAfterMs + 300);
    await joined;
    expect([old.events.at(-1), a.membership.peer("b")?.incarnation]).toEqual(["replaced by b-2", "b-2"]);
  });

  test("one that wakes when the later one has left is told so by a member that asks it, and is not let in again", async () => {
    const { cluster, a, old, fresh } = await replaced();
    await fresh.membership.leave(0);
    old.transport.frozen = false;
    a.membership.announce();
    await cluster.clock.run(300);
    expect([a.peers, old.events.at(-1)]).toEqual([[], "replaced by b-0"]);
  });

  test("one that hears the others and not its namesake learns it from them", async () => {
    const { cluster, a, old, fresh } = await replaced();
    const deaf = fresh.transport;
    old.transport.frozen = false;
    deaf.frozen = true;
    await cluster.clock.run(250);
    expect([old.events.at(-1), a.membership.peer("b")?.incarnation]).toEqual(["replaced by b-0", "b-0"]);
  });

  test("one that lives learns from them that another has claimed its name, though neither hears the other", async () => {
    const cluster = new MiniCluster();
    const [a, old] = (await cluster.joined("a", "b")) as [Member, Member];
    cluster.network.apart.add("b");
    void cluster.member("b", { incarnation: "b-2" }).membership.join();
    await cluster.clock.run(timings.discoveryMs * 3);
    expect([old.events, a.membership.peer("b")?.incarnation]).toEqual([["+a", "replaced by b-2"], "b-1"]);
  });

  test("of two that nobody else saw, the earlier one ends when they meet", async () => {
    const cluster = new MiniCluster();
    const [one, two] = [cluster.member("b", { incarnation: "b-2" }), cluster.member("b", { incarnation: "b-1" })];
    one.transport.frozen = true;
    void one.membership.join();
    await cluster.clock.run(100);
    void two.membership.join();
    await cluster.clock.run(300);
    one.transport.frozen = false;
    await cluster.clock.run(300);
    expect([one.events, two.events]).toEqual([["replaced by b-1"], []]);
  });

  test("of two that join at the same time one is refused", async () => {
    const cluster = new MiniCluster();
    const twins = ["b-1", "b-2"].map((incarnation) => cluster.member("b", { incarnation }));
    const outcomes = Promise.allSettled(twins.map(({ membership }) => membership.join()));
    await cluster.clock.run(300);
    expect((await outcomes).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });
});

describe("membership refuses", () => {
  const refused = [
    [
      "other settings",
      { settings: "other" },
      "SettingsMismatch",
      /have different settings: color\. Node stranger has color other: give/,
    ],
    ["another hub on the same wire", { hub: "village" }, "HubConfigError", /belongs to another hub, not to village/],
  ] as const;
  test.each(refused)("a node with %s", async (_why, options, code, message) => {
    const cluster = new MiniCluster();
    const [a] = await cluster.joined("a");
    const stranger = cluster.member("stranger", options);
    const outcome = stranger.membership.join().catch((error: HubError) => error);
    await cluster.clock.run(300);
    expect(await outcome).toMatchObject({ code, message: expect.stringMatching(message) });
    expect([a?.peers, a?.bad.length]).toEqual([[], expect.any(Number)]);
    expect(a?.bad.every((line) => line.startsWith(`stranger: ${code}`))).toBe(true);
  });

  test("a node that speaks another version", async () => {
    const cluster = new MiniCluster();
    const [a] = await cluster.joined("a");
    const answers: string[] = [];
    const old = {
      message: (_from: string, bytes: Uint8Array) => answers.push(Buffer.from(bytes).toString("latin1")),
      connection: () => {},
    };
    await cluster.network.transport().open("cluster", "old", old);
    const card = { node: "old", incarnation: "o1" };
    cluster.network.deliver("old", "a", encodePlain({ type: "hello", version: 0, card, asks: 1 }));
    await cluster.clock.run(100);
    expect(answers.some((answer) => answer.includes("refuse"))).toBe(true);
    expect([a?.peers, a?.bad[0]]).toEqual([[], expect.stringContaining("ProtocolMismatch")]);
  });

  test("a second node of the same name", async () => {
    const cluster = new MiniCluster();
    const [a] = await cluster.joined("a");
    const twin = cluster.member("a", { incarnation: "a-2" });
    const outcome = twin.membership.join().catch((error: HubError) => error);
    await cluster.clock.run(300);
    expect(await outcome).toMatchObject({ code: "HubConfigError", message: expect.stringContaining("names are unique") });
    expect(a?.peers).toEqual([]);
  });

  test("a transport that closes for good while the node joins, and one that does so later", async () => {
    const cluster = new MiniCluster();
    const [a] = (await cluster.joined("a")) as [Member];
    const b = cluster.member("b");
    const outcome = b.membership.join().catch((error: HubError) => error);
    await cluster.clock.run(10);
    for (const node of ["a", "b"]) cluster.network.connection(node, "closed", new HubConfigError("the key was revoked"));
    await cluster.clock.run(10);
    expect(await outcome).toMatchObject({ code: "HubConfigError", message: "the key was revoked" });
    expect(a.events).toContain("closed HubConfigError");
  });

  test("garbage, and what is said in another's name: counted, and nothing changes", async () => {
    const cluster = new MiniCluster();
    const [a, b] = (await cluster.joined("a", "b")) as [Member, Member];
    const hostile = [
      Buffer.from("garbage"),
      new Uint8Array(),
      encodePlain({ type: "hello" }),
      encodePlain({ type: "link", from: "x" }),
      encodePlain({ type: "goodbye", node: "b", incarnation: "b-1" }).subarray(0, 9),
      encodePlain({ type: "goodbye", node: "b", incarnation: "b-1" }),
      encodePlain({ type: "heartbeat", node: "b", incarnation: "b-1", number: 9 }),
    ];
    for (const bytes of hostile) cluster.network.deliver("mallory", "a", bytes);
    await cluster.clock.run(100);
    expect([a.bad.length, a.peers, b.peers]).toEqual([hostile.length, ["b"], ["a"]]);
    expect(a.bad.every((line) => line.startsWith("mallory: "))).toBe(true);
  });
});
