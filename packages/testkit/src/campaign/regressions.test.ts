import { expect, test } from "vitest";
import { oneLife } from "./campaign.js";
import { scenarios } from "./scenarios.js";

// What each of these lives once ended in: see docs/reliability.md. A seed depends on all that draws chance before its end, so a change of
// the campaign's acts makes it another life: then it is one life more, and the bug's own test is what holds.
test.each([
  ["what died with a thread was never counted when a neighbour had sent it nothing", "dying threads, hot swap", 3, 4],
  ["orphans of a second death within one look were offered to nobody, and never ran again", "dying nodes, hot swap", 5, 22],
  [
    "an orphan had a higher epoch than the duplicate that had won its conflict, and was started beside it",
    "cuts and freezes, divergence",
    4,
    34,
  ],
  ["a node started again what it ran already, and took its own record back", "cuts and freezes, divergence", 3, 136],
  ["a duplicate that lost its conflict was moved to its rival's node before it stopped", "everything, divergence", 4, 771],
  [
    "a thread died under a cold swap: what it hosted was started twice, and its record taken back",
    "dying nodes, cold swap",
    3,
    30_028,
  ],
  ["a node that froze before its first beat among others had no lease that could expire", "everything, cold swap", 3, 656],
  ["an actor was handed to a node that left: nobody looked at it again", "calm, hot swap", 4, 2403],
  ["the same on a hostile network, with a message held for it", "hostile network, hot swap", 4, 12_358],
  [
    "the survivor of a conflict kept an epoch below its rival's, which had given way before it looked",
    "everything, cold swap",
    4,
    1214,
  ],
  ["a node that joined while another slept ran what that one ran", "cuts and freezes, divergence", 4, 12_173],
  ["two duplicates of a sender are two senders (checker)", "cuts and freezes, divergence", 7, 12_452],
  [
    "an actor was lost on its way, and the news that it had left came after the word of its loss",
    "everything, gossip",
    5,
    42_762,
  ],
  [
    "an actor that was stopped on one side of a cut was moved on the other to a node that joined since",
    "everything, gossip",
    3,
    46_830,
  ],
  [
    "the node that had taken over from a frozen one died just before the thaw, and the older duplicate served under its old epoch",
    "everything, cold swap",
    5,
    32_048,
  ],
  ["a node joined, a member's answer was lost, and the newcomer started what that one ran", "everything, cold swap", 7, 45_188],
  ["an actor that was stopped while a frozen node was away lived again with it", "everything, divergence", 8, 240],
  [
    "an actor that was stopped on one side of a cut lived on under a later epoch of the other",
    "cuts and freezes, divergence",
    5,
    104,
  ],
  [
    "an actor ended, and its node died before all had heard: one offered it as an orphan for ever",
    "dying nodes, hot swap",
    7,
    20_073,
  ],
  ["a survivor of a lower epoch is no second duplicate (checker)", "cuts and freezes, divergence", 3, 107],
  [
    "heartbeats lost by chance during the last look are not a registry that differs (checker)",
    "everything, divergence",
    6,
    10_572,
  ],
  ["a route led to a node that its sender never knew: it was down before", "dying nodes, cold swap", 4, 22],
  ["the same by gossip", "dying nodes, gossip", 4, 245],
  ["the survivor of a conflict was on its way, and was not told to rise above its rival", "cuts and freezes, divergence", 4, 563],
  ["the same, with what is left of the rival's way among the records", "cuts and freezes, divergence", 3, 977],
  ["what waited in a duplicate that gave way was handled after what its sender told the other", "majority quorum", 3, 218],
  ["the same, with a node that leaves", "majority quorum", 5, 558],
  ["the timers of two duplicates are two senders (checker)", "majority quorum", 5, 99],
  ["an actor that had ended was on its way to a node that had not heard of it", "everything, divergence", 5, 28],
  ["a paused node stopped an actor that ran elsewhere, and died before it had said so", "dynamic quorum", 4, 2158],
  ["two nodes that returned in one instant each started what a dead node had run", "majority quorum", 7, 34_484],
  ["the same under a lease", "lease", 6, 37_366],
  ["a life that was started again gave way again, for ever, in one instant", "everything, active-passive with standby", 5, 423],
  [
    "the end of a stopped actor was taken for that of the next one of its id, which was just starting",
    "everything, divergence",
    6,
    3542,
  ],
  [
    "a message that went back to a thread of another node, just when that was said to be dead, was never counted",
    "everything, active-passive with standby",
    5,
    39_483,
  ],
  ["a sender's route led to a node that had died before its own had joined", "dying nodes, hot swap", 3, 44_733],
  ["the same, with messages of an actor that had moved", "dying nodes, replicas on all nodes, cold swap", 3, 46_828],
  [
    "a cold swap began for an actor that was just being moved to another thread, and started it beside itself",
    "dying nodes, replicas on all nodes, cold swap",
    3,
    63_514,
  ],
  [
    "an actor ended while a node that kept a replica of it was cut off, and waited for its host: the replica stayed",
    "everything, active-passive with standby",
    7,
    205_209,
  ],
  ["mail of a frozen node was handled after what its sender, which had moved, sent from elsewhere", "lease", 4, 32_164],
  ["the same, with a node that crashed", "lease", 8, 36_772],
  ["the same under a quorum", "dynamic quorum", 7, 32_597],
  ["the same, of a sender that froze with its target", "lease", 5, 32_812],
  ["an actor was stopped by a node that crashed before any other had heard of it (checker)", "lease", 3, 197],
  [
    "a greeting overtook what its node had started before it drained: the next registrar started one a second time",
    "majority quorum",
    4,
    1001,
  ],
  ["an older record of a move hid that the actor was an orphan", "calm, hot swap", 5, 667],
  ["the late failure of one order of a replica was taken for that of the next", "everything, active-active", 3, 541],
  ["the end of a replica was taken for that of its actor, under the same epoch", "everything, active-active", 3, 802],
  [
    "a node was back before the word of its last end had come, and an actor that it had stopped began again",
    "replicas and pins, majority quorum, wrong clocks",
    4,
    3_000_940,
  ],
  ["an actor that ended by itself in a pause was not said to have ended", "static quorum", 5, 3_000_965],
  ["a process that had been replaced ended an actor (checker)", "a secret, old datagrams and wrong clocks", 5, 3_000_193],
  [
    "the end of one duplicate was taken for that of the other, of another lineage (checker)",
    "tight limits and pins, everything",
    3,
    3_000_221,
  ],
  ["a process woke after the one that had replaced it had left, and took its name again", "static quorum", 5, 3_000_704],
  [
    "a process stood still as it joined, and took the place of the one that had come meanwhile",
    "guided, divergence",
    4,
    3_001_466,
  ],
  [
    "a node was restarted while a process of its name had just woken (campaign)",
    "replicas and pins, majority quorum, wrong clocks",
    4,
    3_000_592,
  ],
  [
    "a node that drained just as another joined was not known to drain there: no two planned the same replicas",
    "everything, active-active",
    5,
    3_001_490,
  ],
  ["a node closed with a thread that was blocked, and what was in it was counted nowhere", "everything, cold swap", 4, 3_001_451],
  [
    "a paused node asked for ever the node that could not start its actor, and never the one that ran it",
    "replicas and pins, majority quorum, wrong clocks",
    4,
    3_010_336,
  ],
  ["a process woke while the next of its name joined, and both ended", "gossip, static quorum, often broken", 3, 3_010_482],
  [
    "an actor was moved to a node that left, and waits for its own one: the record of the move hid that",
    "guided, majority quorum",
    3,
    3_011_182,
  ],
  ["a drain by force did not say that it was still to stop what was in a blocked thread", "dynamic quorum", 4, 3_010_073],
  [
    "a node handed an actor over and died: those that had not heard of it forgot the actor",
    "dying nodes, load balanced",
    3,
    3_010_649,
  ],
  [
    "a timer was early by a breath, and orphans were not looked at again",
    "replicas and pins, majority quorum, wrong clocks",
    4,
    3_010_075,
  ],
  [
    "all who knew what a dead node had run left before they had told its next life",
    "a secret, old datagrams and wrong clocks",
    3,
    3_011_271,
  ],
  ["an actor of a node that drains could not begin anew there, and waits (campaign)", "guided, divergence", 5, 3_012_109],
  [
    "an actor waited for its node, and all who knew of it left without a word to one that had joined meanwhile",
    "dying nodes, gossip",
    3,
    3_011_865,
  ],
  [
    "an order of a replica waited behind a slow one, and was given though it had been replaced",
    "active-active, lease, wrong clocks",
    4,
    3_013_035,
  ],
  ["an actor that no member might run was forgotten after a pause", "guided, majority quorum", 4, 141],
  [
    "a life that ran was taken for late news of one that a cut node believed dead",
    "a secret, old datagrams and wrong clocks",
    3,
    375,
  ],
])("%s", lived(40), 20_000);

test.each([
  [
    "what an actor sent waited for its way when it was swapped, and came after what it sent next",
    "everything, cold swap",
    3,
    300_014,
  ],
  ["an actor that had ended elsewhere was between two threads, and arrived", "everything, cold swap", 4, 300_032],
  [
    "an actor of one side of a cut was moved to a newcomer, and its end was not told there: its id was taken again",
    "everything, gossip",
    5,
    310_386,
  ],
])("in a longer life: %s", lived(100), 20_000);

function lived(acts: number) {
  return async (_: string, name: string, nodes: number, seed: number): Promise<void> => {
    const scenario = scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`no scenario is named ${name}`);
    await expect(oneLife(seed, nodes, scenario, acts)).resolves.toMatchObject({ figures: { acts } });
  };
}
