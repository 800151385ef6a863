/**
 * The versions of an actor's state: which of them a definition can read, and the steps between them.
 * Without it a new build could not take over the states of an old one, or an old one would be given states that it cannot read.
 */
import { InvalidState, type KindCard } from "@process-hub/protocol";
import type { Behaviour } from "./definition.js";

/** What of a behaviour says which versions it reads and writes. */
type Versioned = Pick<Behaviour, "name" | "version" | "upgrade" | "downgrade">;

/** The version of the states of a definition. */
export function versionOf({ version = 1 }: Versioned): number {
  return version;
}

/** A kind of actors as the card of a node lists it. */
export function kindCard(behaviour: Behaviour): KindCard {
  const version = versionOf(behaviour);
  let upgradesFrom = version;
  while (behaviour.upgrade?.[upgradesFrom - 1] !== undefined) upgradesFrom--;
  let downgradesTo = version;
  while (behaviour.downgrade?.[downgradesTo] !== undefined) downgradesTo--;
  return { name: behaviour.name, version, upgradesFrom, downgradesTo, messages: [...behaviour.handlers.keys()] };
}

/** A state of a version as this definition's version has it. Throws `InvalidState` where there is no step, and what a step throws. */
export function upgraded(behaviour: Versioned, from: number, state: unknown): unknown {
  const version = versionOf(behaviour);
  if (from > version)
    throw new InvalidState(
      `state of actor ${behaviour.name}: it is of version ${from}, and this node's build is of version ${version}`,
      {
        version: from,
      },
    );
  let current = state;
  for (let at = from; at < version; at++) {
    const step = behaviour.upgrade?.[at];
    if (step === undefined)
      throw new InvalidState(
        `state of actor ${behaviour.name}: it is of version ${from}, and version ${version} has no upgrade from ${at}: give the definition \`upgrade: { ${at}: (state) => ... }\``,
        { version: from },
      );
    current = step(current);
  }
  return current;
}

/** A state of this definition as an older version has it. Throws `InvalidState` where there is no step, and what a step throws. */
export function downgraded(behaviour: Versioned, to: number, state: unknown): unknown {
  let current = state;
  for (let at = versionOf(behaviour); at > to; at--) {
    const step = behaviour.downgrade?.[at];
    if (step === undefined)
      throw new InvalidState(`state of actor ${behaviour.name}: version ${at} has no downgrade to version ${at - 1}`, {
        version: at,
      });
    current = step(current);
  }
  return current;
}
