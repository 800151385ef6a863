/** A step for each version that it begins at. The types of states that builds before this one had are not known here. */
// biome-ignore lint/suspicious/noExplicitAny: a user names the older type at the step, as `(state: CartV1) => ...`
export type VersionSteps = Readonly<Record<number, (state: any) => unknown>>;
