import { NodeName } from "@process-hub/protocol";
import { z } from "zod";
import { defineStrategy } from "../define-strategy.js";
import type { Placement } from "./family.js";

/** No settings. */
export const GuidedSettings = z.strictObject({});
export type GuidedSettings = z.output<typeof GuidedSettings>;

/**
 * Runs each actor on the nodes its starter names (`nodes` per child: as many as there are replicas) and nowhere else, however the cluster changes.
 * An actor whose node is gone waits for it.
 * Without it an actor that is tied to one machine (a device, a disk) could be started on another.
 *
 * A child without such a mapping cannot be started: `check` says what is missing.
 *
 * @throws HubConfigError
 */
export const guided = defineStrategy({
  family: "distribution",
  name: "guided",
  module: import.meta.url,
  settings: GuidedSettings,
  decide: () => ({
    place({ nodes }) {
      const present = new Set(nodes.map(({ node }) => node));
      return Object.freeze<Placement>({
        owners({ nodes: mapped = [], host }, count) {
          // Where it runs comes first, so that a mapped node that returns does not draw it away.
          const order = host !== undefined && mapped.includes(host) ? [host, ...mapped] : mapped;
          return [...new Set(order)].filter((node) => present.has(node)).slice(0, Math.max(0, count));
        },
      });
    },
    check({ id, nodes }, replicas) {
      const allowed = `${replicas} different node name${replicas === 1 ? "" : "s"}, one for each replica`;
      const wrong = (given: string): string => `nodes of ${JSON.stringify(id)}: given ${given}, allowed is ${allowed}`;
      if (nodes === undefined) return wrong("nothing (guided needs to be told where each actor runs)");
      const shown = JSON.stringify(nodes);
      if (!z.array(NodeName).safeParse(nodes).success) return wrong(`${shown}, which are not all node names`);
      if (new Set(nodes).size < nodes.length) return wrong(`${shown}, which names a node twice`);
      return nodes.length === replicas ? undefined : wrong(`${shown}, which are ${nodes.length}`);
    },
  }),
});
