/*
 * The files that threads begin with. Without this one a bundled process-hub would fail with a path that nobody wrote.
 */
import { existsSync } from "node:fs";
import { HubConfigError } from "@process-hub/protocol";

/**
 * The URL of a file of `worker/`, which piscina loads in each thread. Throws `HubConfigError` when it is not beside this module: then a bundler
 * has put this module elsewhere. `base`: where this module is; bundles in CommonJS do not know.
 */
export function threadEntry(file: string, base: string | undefined = import.meta.url): string {
  const entry = base?.startsWith("file:") === true ? new URL(`../worker/${file}`, base) : undefined;
  if (entry !== undefined && existsSync(entry)) return entry.href;
  const what = `process-hub was bundled: ${file}, which its threads begin with, is not where it was`;
  const allowed = 'mark "process-hub" and "@process-hub/*" as external, so that Node loads them from node_modules';
  throw new HubConfigError(`${what}; ${allowed}`, { path: "process-hub", given: base ?? "a bundle in CommonJS", allowed });
}
