import type { Packet } from "@process-hub/protocol";
import { expect, test } from "vitest";
import type { Link } from "../link/link.js";
import { Links } from "./links.js";

const packet = (to: string): Packet => ({ from: "n@1/0.0", to, envelopes: 0, bytes: new Uint8Array() });

/** Links of a thread, and by which way each packet left. */
function links() {
  const sent: string[] = [];
  const closed: string[] = [];
  const link = (name: string): Link => ({
    send: ({ to }) => sent.push(`${to} by ${name}`),
    onPacket: () => {},
    drained: () => (closed.includes(name) ? undefined : Promise.resolve()),
    close: () => closed.push(name),
  });
  return { made: new Links(link("host")), link, sent, closed };
}

test("a packet goes by the direct link to its thread, and by the host where there is none", () => {
  const { made, link, sent } = links();
  made.add("n@1/1.0", link("link"), () => {});
  for (const to of ["n@1/1.0", "n@1/2.0", "m@1/0.0"]) made.transmit(packet(to));
  expect(sent).toEqual(["n@1/1.0 by link", "n@1/2.0 by host", "m@1/0.0 by host"]);
});

test("packets for a place keep going by the host when a link comes later: by the link they would overtake earlier ones", () => {
  const { made, link, sent } = links();
  made.transmit(packet("n@1/1.0"));
  made.add("n@1/1.0", link("link"), () => {});
  made.transmit(packet("n@1/1.0"));
  expect(sent).toEqual(["n@1/1.0 by host", "n@1/1.0 by host"]);
});

test("of a place without a link, or with one that has closed, nothing is left to come", () => {
  const { made, link, closed } = links();
  made.add("n@1/1.0", link("link"), () => {});
  expect([made.drained("n@1/2.0"), made.drained("n@1/1.0")]).toEqual([undefined, expect.any(Promise)]);
  made.close();
  expect([made.drained("n@1/1.0"), closed]).toEqual([undefined, ["link"]]);
});
