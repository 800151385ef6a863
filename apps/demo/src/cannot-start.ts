/** What keeps the demo from starting, and what to do about it: one line for its user, shown without a stack. */
export class CannotStart extends Error {}
