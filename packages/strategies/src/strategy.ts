import type { StrategyFamily } from "@process-hub/protocol";

/**
 * What the strategies of all families have in common: a family, a name and plain settings.
 * Without that purity two nodes would decide differently on the same facts.
 *
 * A strategy is a pure decision: no transport, timer, clock or chance in its hands, the same answer on every node that asks the same.
 */
export interface Strategy<Family extends StrategyFamily = StrategyFamily, Settings = unknown> {
  readonly family: Family;
  /** The factory's name; with the settings it is what two nodes compare before they form a hub. */
  readonly name: string;
  /** Plain data (what JSON can carry), with the defaults filled in, frozen. */
  readonly settings: Settings;
  /** Settings in which the nodes of a hub may differ, so that they change by a rolling restart: each node decides by its own. Default: none. */
  readonly mayDiffer?: readonly string[] | undefined;
  /** The URL of the module that exports its factory as `name`; absent when no thread can make it. */
  readonly module?: string | undefined;
  /** Whether it runs in a thread of its own; see `ownThread`. Nodes of one hub may differ in it. */
  readonly ownThread?: boolean | undefined;
}
