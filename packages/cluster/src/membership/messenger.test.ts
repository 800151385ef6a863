import { decode, InvalidMessage } from "@process-hub/protocol";
import { expect, test } from "vitest";
import { Messenger } from "./messenger.js";

function messenger(send: (to: string) => boolean) {
  const sent: unknown[] = [];
  const logged: string[] = [];
  const lost: unknown[] = [];
  const made = new Messenger({
    membership: {
      peers: ["b", "c"].map((node) => ({
        node,
        incarnation: `${node}1`,
        places: [],
        joinedAtMs: 1,
        draining: false,
        kinds: [],
        times: { heartbeatIntervalMs: 50, suspectAfterMs: 200, downAfterMs: 400, deliveryMs: 30_000 },
        number: 1,
        generation: 1,
      })),
      send: (to, body) => {
        sent.push([to, decode(body)]);
        return send(to);
      },
    },
    before: () => {},
    log: (_, message) => void logged.push(message),
    counters: { lost: (...given) => void lost.push(given) },
  });
  return { made, sent, logged, lost };
}

const size = { type: "clusterSize" as const, size: 3 };
const packet = { type: "packet" as const, packet: { from: "a@a1/0.0", to: "b@b1/0.0", envelopes: 2, bytes: new Uint8Array(1) } };

test("says whether a node is a member, and tells all members", () => {
  const { made, sent } = messenger((to) => to === "b");
  expect([made.send("b", size), made.send("d", size)]).toEqual([true, false]);
  made.tellAll(size);
  expect(sent.map((one) => (one as [string])[0])).toEqual(["b", "d", "b", "c"]);
});

test("what is too large is dropped with a word, and the messages in it are counted", () => {
  const { made, logged, lost } = messenger(() => {
    throw new InvalidMessage("too large", {});
  });
  expect([made.send("b", size), made.send("b", packet)]).toEqual([true, true]);
  expect(logged).toHaveLength(2);
  expect(lost).toMatchObject([[2, "InvalidMessage", expect.stringMatching(/too large/)]]);
});
