import { HubConfigError, isRecord } from "@process-hub/protocol";
import type { Strategy } from "./strategy.js";

/**
 * A text that is equal on two nodes exactly when their strategies and settings are, but for settings in which nodes may differ: families in
 * order, keys sorted.
 * Without it nodes with different settings would form one hub, and place one actor at two nodes.
 *
 * It stays readable, so that a refused join can show both. An undefined setting counts as absent.
 *
 * @throws HubConfigError when a setting is not plain data (a function, a Map, NaN...)
 * @example "distribution consistentHashing {\"points\":1024}; migration coldSwap {\"handover\":false}"
 */
export function settingsFingerprint(strategies: readonly Strategy[]): string {
  return strategies
    .map(({ family, name, settings, mayDiffer = [] }) => {
      const compared = isRecord(settings) ? omitted(settings, mayDiffer) : settings;
      return `${family} ${name} ${canonical(compared, `${name}.settings`)}`;
    })
    .sort()
    .join("; ");
}

function omitted(settings: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
}

function canonical(value: unknown, path: string): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item, at) => canonical(item, `${path}.${at}`)).join(",")}]`;
  if (isRecord(value)) {
    const present = Object.entries(value).filter(([, field]) => field !== undefined);
    const fields = present
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field, `${path}.${key}`)}`);
    return `{${fields.join(",")}}`;
  }
  const allowed = "plain data: finite numbers, strings, booleans, null, arrays and plain objects of them";
  throw new HubConfigError(`${path}: given a ${typeof value}, allowed is ${allowed}`, { path, given: typeof value, allowed });
}
